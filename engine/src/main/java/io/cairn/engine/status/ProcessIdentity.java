package io.cairn.engine.status;

import java.time.Instant;
import java.util.Optional;

/**
 * A process that a later one cannot be taken for: ids are reused, start times of one id are not.
 *
 * @param pid     process id.
 * @param startMs when it started, ms since the epoch, 0 if the system does not tell.
 */
public record ProcessIdentity(long pid, long startMs) {
    private static final ProcessIdentity CURRENT = of(ProcessHandle.current());

    /**
     * The process that runs this code.
     *
     * @return its identity.
     */
    public static ProcessIdentity current() {
        return CURRENT;
    }

    private static ProcessIdentity of(final ProcessHandle handle) {
        return new ProcessIdentity(handle.pid(), handle.info().startInstant().map(Instant::toEpochMilli).orElse(0L));
    }

    /**
     * Whether the process still runs, as far as this one can see.
     *
     * @return true if a process of that id and that start time runs.
     */
    public boolean isAlive() {
        final Optional<ProcessHandle> handle = ProcessHandle.of(pid).filter(ProcessHandle::isAlive);
        return handle.isPresent() && (startMs == 0 || of(handle.get()).startMs() == startMs);
    }
}
