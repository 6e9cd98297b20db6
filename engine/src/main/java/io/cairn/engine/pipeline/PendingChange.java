package io.cairn.engine.pipeline;

import java.util.List;
import java.util.function.ObjIntConsumer;

/**
 * A change of members that was asked for. Owner: the Sequencer's thread.
 */
public final class PendingChange {
    /** It cannot be; no value of {@link io.cairn.engine.raft.Proposal}. */
    public static final int REFUSED = -1;

    private final List<Edit> edits;
    private final boolean force;
    private final ObjIntConsumer<String> answer;
    private long deadlineNs;

    /**
     * One edit.
     *
     * @param action   of {@link io.cairn.engine.bootstrap.MemberChange}.
     * @param id       of the member.
     * @param endpoint HOST:PORT of a new member; empty otherwise.
     */
    public record Edit(int action, int id, String endpoint) {
    }

    /**
     * @param edits  of the members.
     * @param force  also members that nobody answers for.
     * @param answer takes a code of {@link io.cairn.engine.raft.Proposal} or {@link #REFUSED}, and a sentence for a person.
     */
    public PendingChange(final List<Edit> edits, final boolean force, final ObjIntConsumer<String> answer) {
        this.edits = List.copyOf(edits);
        this.force = force;
        this.answer = answer;
    }

    List<Edit> edits() {
        return edits;
    }

    boolean isForced() {
        return force;
    }

    void deadlineNs(final long value) {
        deadlineNs = value;
    }

    long deadlineNs() {
        return deadlineNs;
    }

    void answer(final int code, final String text) {
        answer.accept(text, code);
    }
}
