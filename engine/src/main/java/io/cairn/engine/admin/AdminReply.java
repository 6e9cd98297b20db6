package io.cairn.engine.admin;

import io.cairn.engine.pipeline.MemberStatus;

/**
 * A member's answer; every one of them says how the member is.
 *
 * @param code   of the constants.
 * @param status of the member; null where it could not say.
 * @param index  of a digest or of its mark, or of a snapshot.
 * @param digest value.
 * @param text   a sentence for a person: why it was refused, or what keeps the member from its cluster.
 */
public record AdminReply(int code, MemberStatus status, long index, long digest, String text) {
    /** Done, or on its way. */
    public static final int OK = 0;
    /** Only the leader can. */
    public static final int NOT_LEADER = 1;
    /** Not now: a change is under way, the leader is new. Try again. */
    public static final int TRY_AGAIN = 2;
    /** It cannot be; the text says why. */
    public static final int REFUSED = 3;
}
