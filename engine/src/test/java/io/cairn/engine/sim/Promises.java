package io.cairn.engine.sim;

import io.cairn.engine.raft.Message;
import org.agrona.collections.Long2LongHashMap;

import java.util.HashMap;
import java.util.Map;

/**
 * What members say to each other, held against what they said before, over all of their lives: one leader per term (election safety), one vote per
 * term and directory, no term below one that was spoken of before (dissertation, figure 3.1: both are stable before they are spoken). Owner: one
 * thread.
 */
final class Promises {
    private static final long NONE = -1;

    private record Directory(int member, long incarnation) {
    }

    private static final class Spoken {
        private final Long2LongHashMap votes = new Long2LongHashMap(NONE);
        private long term;
    }

    private final Long2LongHashMap leaders = new Long2LongHashMap(NONE);
    private final Map<Directory, Spoken> directories = new HashMap<>();

    private long newestTerm;

    void onSent(final Message message) {
        switch (message.type) {
            case Message.APPEND_RESPONSE -> spoken(message);
            case Message.VOTE -> {
                // Whoever asks for votes has given its own to itself.
                final Spoken spoken = spoken(message);
                expect(spoken.votes.putIfAbsent(message.term, message.from), message.from, message, "voted for another one in that term");
            }
            case Message.VOTE_RESPONSE -> {
                final Spoken spoken = spoken(message);
                if (message.flag) {
                    expect(spoken.votes.putIfAbsent(message.term, message.to), message.to, message, "voted for another one in that term");
                }
            }
            case Message.APPEND -> {
                spoken(message);
                // One that repairs what it holds before it leads is taken for the leader by nobody yet.
                if (!message.flag) {
                    expect(leaders.putIfAbsent(message.term, message.from), message.from, message, "leads a term that another one led");
                    newestTerm = Math.max(newestTerm, message.term);
                }
            }
            default -> {
                // Binds nobody.
            }
        }
    }

    private Spoken spoken(final Message message) {
        final Spoken spoken = directories.computeIfAbsent(new Directory(message.from, message.fromIncarnation), key -> new Spoken());
        if (message.term < spoken.term) {
            throw new AssertionError("a promise is forgotten: member " + message.from + " spoke of term " + spoken.term + " and now says " + message);
        }
        spoken.term = message.term;
        return spoken;
    }

    private static void expect(final long before, final long now, final Message message, final String otherwise) {
        if (NONE != before && before != now) {
            throw new AssertionError("election safety: member " + message.from + ' ' + otherwise + ": " + before + " before, now " + message);
        }
    }

    /** @return the newest term that had a leader. */
    long newestTerm() {
        return newestTerm;
    }

    /** @return who led a term; below zero where nobody did. */
    int leader(final long term) {
        return (int)leaders.get(term);
    }

    /** @return terms that had a leader. */
    long termCount() {
        return leaders.size();
    }
}
