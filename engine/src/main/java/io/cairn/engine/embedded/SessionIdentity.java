package io.cairn.engine.embedded;

/**
 * The numbers that make a command of a client unique: its session and a serial, and what the client has seen of the results.
 *
 * <p>Serials start at 1 and have no gaps. One that was refused before it took effect is used again for the next command, so a refusal in the
 * middle of a window lets everything behind it be refused as a gap, in order, and the window starts again at the refused serial. Owner: the
 * client's thread.
 */
public final class SessionIdentity {
    private final long sessionId;
    private final boolean resumed;
    private long nextSerial;
    private long acknowledgedSerial;

    /**
     * @param sessionId  index of the entry that opened the session.
     * @param nextSerial serial of the next command.
     * @param resumed    true when the session was there already under its name.
     */
    public SessionIdentity(final long sessionId, final long nextSerial, final boolean resumed) {
        this.sessionId = sessionId;
        this.resumed = resumed;
        this.nextSerial = nextSerial;
        this.acknowledgedSerial = nextSerial - 1;
    }

    /** @return id of the session. */
    public long sessionId() {
        return sessionId;
    }

    /** @return true when the session was there already under its name, false when it was opened. */
    public boolean isResumed() {
        return resumed;
    }

    /** @return serial that the next command gets. */
    public long nextSerial() {
        return nextSerial;
    }

    long acknowledgedSerial() {
        return acknowledgedSerial;
    }

    long takeSerial() {
        return nextSerial++;
    }

    void onExecuted(final long serial) {
        if (serial > acknowledgedSerial) {
            acknowledgedSerial = serial;
        }
    }

    void onNotExecuted(final long serial) {
        if (serial < nextSerial) {
            nextSerial = serial;
        }
    }
}
