const NAMED = [
  "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL", "PIPE", "POLL", "PROF", "PWR", "QUIT",
  "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU", "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ",
];
const counted = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${prefix}${i + 1}`);

export const STOP_SIGNALS_LINUX: readonly string[] = [
  ...NAMED, "RTMIN", ...counted("RTMIN+", 15), "RTMAX", ...counted("RTMAX-", 14),
].map((name) => `SIG${name}`);
export const STOP_SIGNALS_WINDOWS: readonly string[] = ["SIGKILL", "SIGTERM"];
