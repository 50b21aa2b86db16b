export declare const NOTICES: string;
export declare function collectNotices(modules: Iterable<string>): string;
