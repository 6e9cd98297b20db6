package io.cairn.bench.load;

import com.sun.management.ThreadMXBean;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Bytes allocated on the heap by each Java thread between {@link #begin} and {@link #end}, as the JVM counts them. What the two samples themselves
 * allocate on the calling thread is measured and taken off.
 *
 * <p>Called by one thread, outside the measured phase.
 */
public final class AllocationMeter {
    private final ThreadMXBean threads;
    private long[] ids = new long[0];
    private long[] before = new long[0];
    private long ownOverheadBytes;

    /** Looks up the platform's thread bean. */
    public AllocationMeter() {
        threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    }

    /** Takes the first sample of all live threads. */
    public void begin() {
        ids = threads.getAllThreadIds();
        final int own = indexOf(Thread.currentThread().getId());
        final long first = threads.getThreadAllocatedBytes(ids)[own];
        final long second = threads.getThreadAllocatedBytes(ids)[own];
        before = threads.getThreadAllocatedBytes(ids);
        ownOverheadBytes = Math.max(second - first, before[own] - second);
    }

    /**
     * Takes the second sample.
     *
     * @return bytes by name of the thread, for threads that lived through both samples and allocated anything, the calling thread always.
     */
    public Map<String, Long> end() {
        final long[] after = threads.getThreadAllocatedBytes(ids);
        final Map<String, Long> bytes = new LinkedHashMap<>();
        final long ownId = Thread.currentThread().getId();
        final int own = indexOf(ownId);
        bytes.put(Thread.currentThread().getName(), Math.max(0, after[own] - before[own] - ownOverheadBytes));
        for (int i = 0; i < ids.length; i++) {
            final ThreadInfo info = ids[i] == ownId ? null : threads.getThreadInfo(ids[i]);
            if (null != info && before[i] >= 0 && after[i] > before[i]) {
                bytes.merge(info.getThreadName(), after[i] - before[i], Long::sum);
            }
        }
        return bytes;
    }

    private int indexOf(final long id) {
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] == id) {
                return i;
            }
        }
        throw new IllegalStateException("thread " + id + " is not alive");
    }
}
