package io.cairn.engine.gateway;

/**
 * Why a connection is refused or closed. Codes of the wire: never renumbered.
 */
public final class CloseReason {
    /** The client left. */
    public static final int GOODBYE = 0;
    /** The member does not lead; it says who does, if it knows. */
    public static final int NOT_LEADER = 1;
    /** The member stops. */
    public static final int STOPPING = 2;
    /** All places are taken. */
    public static final int FULL = 3;
    /** The client was silent, or did not read, for too long. */
    public static final int TIMED_OUT = 4;
    /** The client said something that makes no sense, or more than it may. */
    public static final int VIOLATION = 5;
    /** The client did not prove who it is. Trying again does not help. */
    public static final int NOT_AUTHENTICATED = 6;
    /** The client wants another cluster. Trying again does not help. */
    public static final int WRONG_CLUSTER = 7;

    private CloseReason() {
    }

    /**
     * @param reason a code.
     * @return true when the same client will always get the same answer.
     */
    public static boolean isFinal(final int reason) {
        return NOT_AUTHENTICATED == reason || WRONG_CLUSTER == reason;
    }
}
