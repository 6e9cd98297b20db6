package io.cairn.engine.pipeline;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Where readers ask for a fresh version of the state. Versions are shared: however many readers ask, the Applier freezes at most once per
 * interval, and not at all while nothing was applied.
 */
final class ViewDesk {
    private final AtomicLong tickets = new AtomicLong();
    private final Position served = new Position(0);

    /** Any thread: ask for a version that is at least as new as this call. */
    long request() {
        return tickets.incrementAndGet();
    }

    /** Any thread: true when a version asked for with this ticket can be pinned. */
    boolean isServed(final long ticket) {
        return served.get() >= ticket;
    }

    /** Applier: highest ticket not served yet, or 0. */
    long due() {
        final long ticket = tickets.get();
        return ticket > served.getPlain() ? ticket : 0;
    }

    /** Applier. */
    void serve(final long ticket) {
        served.set(ticket);
    }
}
