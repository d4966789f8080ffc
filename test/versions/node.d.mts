export const majors: readonly number[];
export function nodeOf(major: number): string;
export function whyNodeMissing(major: number): string | null;
export function fetchNode(major: number): void;
