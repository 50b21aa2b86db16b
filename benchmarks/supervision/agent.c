/* agent LOG ID: appends "ID PID MONOTONIC_NS\n" to LOG as its first act, then sleeps for ever. */
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

int main(int count, char **arguments) {
  if (count < 3) return 2;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  char line[128];
  int length = snprintf(line, sizeof line, "%s %d %lld\n", arguments[2], (int)getpid(),
                        now.tv_sec * 1000000000LL + now.tv_nsec);
  int file = open(arguments[1], O_WRONLY | O_APPEND | O_CREAT, 0644);
  if (file < 0 || write(file, line, length) != length) return 3;
  close(file);
  for (;;) pause();
}
