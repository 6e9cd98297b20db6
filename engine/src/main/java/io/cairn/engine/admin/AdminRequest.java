package io.cairn.engine.admin;

import java.util.List;

/**
 * One question to one member.
 *
 * @param operation of the constants.
 * @param member    whom leadership is handed to; −1 for whoever holds most.
 * @param index     entry of a digest.
 * @param force     add members although nobody answers for them.
 * @param edits     of the members.
 */
public record AdminRequest(int operation, int member, long index, boolean force, List<Edit> edits) {
    /** Who are you, and how far? */
    public static final int STATUS = 1;
    /** Leader: log an entry at which every member takes its digest. */
    public static final int MARK = 2;
    /** What was your digest at that entry? Answered once it is known. */
    public static final int DIGEST = 3;
    /** Leader: change the members. */
    public static final int CHANGE = 4;
    /** Leader: hand over. */
    public static final int TRANSFER = 5;
    /** Take a snapshot now. Answered once it is published. */
    public static final int SNAPSHOT = 6;

    /**
     * One edit of the members.
     *
     * @param action   of {@link io.cairn.engine.bootstrap.MemberChange}.
     * @param id       of the member.
     * @param endpoint HOST:PORT of a new member; empty otherwise.
     */
    public record Edit(int action, int id, String endpoint) {
    }

    /**
     * @param operation that needs nothing else.
     * @return the request.
     */
    public static AdminRequest of(final int operation) {
        return new AdminRequest(operation, -1, 0, false, List.of());
    }

    /**
     * @param index of the entry.
     * @return asks for the digest there.
     */
    public static AdminRequest digest(final long index) {
        return new AdminRequest(DIGEST, -1, index, false, List.of());
    }

    /**
     * @param member who is to lead; −1 for whoever holds most.
     * @return asks the leader to hand over.
     */
    public static AdminRequest transfer(final int member) {
        return new AdminRequest(TRANSFER, member, 0, false, List.of());
    }

    /**
     * @param edits of the members.
     * @param force although nobody answers for a new one.
     * @return asks the leader to change the members.
     */
    public static AdminRequest change(final List<Edit> edits, final boolean force) {
        return new AdminRequest(CHANGE, -1, 0, force, List.copyOf(edits));
    }
}
