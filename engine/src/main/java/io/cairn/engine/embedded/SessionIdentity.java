package io.cairn.engine.embedded;

/**
 * The numbers that make a command of a client unique: its session and a serial, and what the client has seen of the results.
 *
 * <p>Serials start at 1 and have no gaps. One that was refused before it took effect is used again for the next command, so a refusal in the
 * middle of a window lets everything behind it be refused as a gap, in order, and the window starts again at the refused serial. Owner: the
 * client's thread.
 *
 * <p>Only the first refusal of a window winds back. Interleaving: 5 and 6 are sent, 5 is refused, the next commands are sent as 5 and 6, and
 * only now the refusal of the first 6 as a gap arrives. Were it to wind back to 6, the command after that would be taken for a repetition of
 * the second 6 and acknowledged with its result, without ever taking effect. So whoever winds back forgets the serials of all that is in
 * flight behind: what becomes of those is known.
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
        acknowledgedSerial = Math.max(acknowledgedSerial, serial);
        nextSerial = Math.max(nextSerial, serial + 1);
    }

    /**
     * @return true when the next command gets this serial again, and everything in flight behind it will be refused as a gap; false when a
     * repetition of what took effect long ago was refused, which changes nothing.
     */
    boolean windBack(final long serial) {
        if (serial <= acknowledgedSerial || serial >= nextSerial) {
            return false;
        }
        nextSerial = serial;
        return true;
    }
}
