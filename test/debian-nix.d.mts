type Suite = "trixie" | "sid";
export const programs: string;
export function programsOf(suite: Suite): string;
export function whyMissing(suite?: Suite): string | null;
export function fetchDebianNix(suite?: Suite): void;
