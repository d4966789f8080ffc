export type Suite = "trixie" | "sid";
export function programsOf(suite: Suite): string;
export function whyNixMissing(suite: Suite): string | null;
export function fetchNix(suite: Suite): void;
