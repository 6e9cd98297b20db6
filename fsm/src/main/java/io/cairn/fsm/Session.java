package io.cairn.fsm;

/**
 * One open session in memory: what the rows of {@link SessionTable} say about it, so that checking a command reads no table. Owner: the Applier.
 */
final class Session {
    private final long id;
    private final long timeoutMs;
    private final int window;
    private final int slotMask;
    /** Length of the reply in each slot, for the sum of what is not acknowledged. */
    private final int[] slotBytes;
    private long lastSerial;
    private long acknowledged;
    private long lastActiveMs;
    private long unacknowledgedBytes;

    Session(final long id, final long timeoutMs, final int window) {
        this.id = id;
        this.timeoutMs = timeoutMs;
        this.window = window;
        final int slots = window == 1 ? 1 : Integer.highestOneBit(window - 1) << 1;
        slotMask = slots - 1;
        slotBytes = new int[slots];
    }

    long id() {
        return id;
    }

    long timeoutMs() {
        return timeoutMs;
    }

    int window() {
        return window;
    }

    long lastSerial() {
        return lastSerial;
    }

    long acknowledged() {
        return acknowledged;
    }

    long lastActiveMs() {
        return lastActiveMs;
    }

    /** Log time at which it expires unless something comes before. */
    long deadlineMs() {
        return timeoutMs >= Long.MAX_VALUE - lastActiveMs ? Long.MAX_VALUE - 1 : lastActiveMs + timeoutMs;
    }

    int slot(final long serial) {
        return (int) serial & slotMask;
    }

    int slotBytes(final long serial) {
        return slotBytes[slot(serial)];
    }

    /** What an acknowledgement that comes with a command amounts to: never back, never ahead of what took effect. */
    long effective(final long claimed) {
        return Math.min(Math.max(claimed, acknowledged), lastSerial);
    }

    /** Bytes of replies that would wait if the client's claim were taken. */
    long waitingBytes(final long effective) {
        long bytes = unacknowledgedBytes;
        for (long serial = acknowledged + 1; serial <= effective; serial++) {
            bytes -= slotBytes(serial);
        }
        return bytes;
    }

    void touch(final long timestampMs) {
        lastActiveMs = timestampMs;
    }

    /** Takes one more serial as acknowledged. */
    void acknowledgeNext() {
        acknowledged++;
        unacknowledgedBytes -= slotBytes(acknowledged);
    }

    /** Takes a reply in. */
    void add(final long serial, final int replyBytes) {
        if (serial != lastSerial + 1) {
            throw new IllegalStateException("session " + id + ": serial " + serial + " recorded after " + lastSerial);
        }
        lastSerial = serial;
        slotBytes[slot(serial)] = replyBytes;
        unacknowledgedBytes += replyBytes;
    }

    /** Takes over what its row says. */
    void restore(final long restoredLastSerial, final long restoredAcknowledged, final long restoredActiveMs) {
        lastSerial = restoredLastSerial;
        acknowledged = restoredAcknowledged;
        lastActiveMs = restoredActiveMs;
    }

    /** Takes over the length of a reply that waits for acknowledgement. */
    void restoreReply(final long serial, final int replyBytes) {
        slotBytes[slot(serial)] = replyBytes;
        unacknowledgedBytes += replyBytes;
    }
}
