export const programs: string;
export function whyMissing(): string | null;
export function fetchDebianNix(): void;
