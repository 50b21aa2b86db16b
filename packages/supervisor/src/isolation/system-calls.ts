/** Processors a filter is made for, by the name Node.js has for them. */
export type FilteredProcessor = 'x64' | 'arm64';

/** What the kernel calls a processor in what it shows a filter. @source linux/audit.h: AUDIT_ARCH_* */
export const AUDIT_ARCHITECTURE: Record<FilteredProcessor, number> = { x64: 0xc000003e, arm64: 0xc00000b7 };

/**
 * Calls a sandboxed program is refused, by name and number: [x64, arm64], null where the processor has none. None of
 * them is used by an ordinary program, and each has been or leads to a hole, or reaches what is not the sandbox's own.
 *
 * @source asm/unistd_64.h and asm-generic/unistd.h of Linux 6.1
 */
export const DENIED_CALLS = {
  // Other processes: their memory, their descriptors.
  ptrace: [101, 117],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  process_madvise: [440, 440],
  kcmp: [312, 272],
  pidfd_getfd: [438, 438],
  // Mounts and namespaces: `clone` and `unshare` are looked at more closely.
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  chroot: [161, 51],
  open_tree: [428, 428],
  move_mount: [429, 429],
  fsopen: [430, 430],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fspick: [433, 433],
  mount_setattr: [442, 442],
  setns: [308, 268],
  open_by_handle_at: [304, 265],
  // Large parts of the kernel that few need and that many holes were found in.
  bpf: [321, 280],
  perf_event_open: [298, 241],
  userfaultfd: [323, 282],
  io_uring_setup: [425, 425],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  // Keyrings belong to the user and not to a namespace.
  add_key: [248, 217],
  request_key: [249, 218],
  keyctl: [250, 219],
  // The machine itself.
  kexec_load: [246, 104],
  kexec_file_load: [320, 294],
  create_module: [174, null],
  init_module: [175, 105],
  finit_module: [313, 273],
  delete_module: [176, 106],
  iopl: [172, null],
  ioperm: [173, null],
  modify_ldt: [154, null],
  uselib: [134, null],
  acct: [163, 89],
  quotactl: [179, 60],
  quotactl_fd: [443, 443],
  fanotify_init: [300, 262],
  swapon: [167, 224],
  swapoff: [168, 225],
  reboot: [169, 142],
  syslog: [103, 116],
  settimeofday: [164, 170],
  clock_settime: [227, 112],
  adjtimex: [159, 171],
  clock_adjtime: [305, 266],
  sethostname: [170, 161],
  setdomainname: [171, 162],
  vhangup: [153, 58],
} as const satisfies Record<string, readonly [number, number | null]>;

/** Calls whose arguments decide: [x64, arm64]. */
export const WEIGHED_CALLS = {
  clone: [56, 220],
  clone3: [435, 435],
  unshare: [272, 97],
  socket: [41, 198],
  ioctl: [16, 29],
} as const;

/**
 * The newest call that was looked at, `mseal` of Linux 6.10; those after it have the same number on every processor.
 * A program must get along without them, since older kernels have none of them.
 */
export const NEWEST_KNOWN_CALL = 462;

/** Every CLONE_NEW* that both `clone` and `unshare` know. @source linux/sched.h */
export const NEW_NAMESPACES = 0x7e020000;
/** `unshare` alone knows it; to `clone` these bits are a signal. */
export const NEW_TIME_NAMESPACE = 0x80;

/** unix, IPv4, IPv6, netlink. Others, such as vsock, go past a network namespace or are hardly used. @source linux/socket.h */
export const SOCKET_FAMILIES = [1, 2, 10, 16];

/** Typing into a terminal that is shared with others: TIOCSTI, TIOCLINUX. @source asm-generic/ioctls.h */
export const DENIED_IOCTLS = [0x5412, 0x541c];
