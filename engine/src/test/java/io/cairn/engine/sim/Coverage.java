package io.cairn.engine.sim;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What kinds of fault and event happened, and how often: a suite in which one never happened has not tested it. Owner: one thread.
 */
final class Coverage {
    /** Everything that a run may meet. */
    enum Event {
        MESSAGE_LOST,
        MESSAGE_DUPLICATED,
        MESSAGE_DELAYED,
        MESSAGE_CORRUPTED,
        SEND_REFUSED,
        LINK_CUT_ONE_WAY,
        LEADER_CUT_OFF,
        PARTITION,
        BRIDGE,
        PROCESS_CRASH,
        CRASH_IN_AN_OPERATION,
        POWER_LOSS,
        RESTART,
        PAUSE,
        CLOCK_STEP,
        CLOCK_DRIFT,
        CLOCK_NEARLY_STOPS,
        ORDERLY_CLOSE,
        FORCE_FAILED,
        WRITE_FAILED,
        DISK_FULL,
        DISK_LOST,
        DISK_REPLACED,
        BYTES_FLIPPED,
        BIT_OF_THE_LOG_FLIPPED,
        FILE_LOST,
        FILE_CUT_SHORT,
        FILE_ZEROED,
        FILES_SWAPPED,
        DAMAGE_STOPPED_A_MEMBER,
        POWER_LOSS_OF_THE_UNFORCED,
        WALL_CLOCK_STANDS,
        SNAPSHOT_DEMANDED,
        SNAPSHOT_MESSAGE,
        INTRODUCTION,
        LEADERSHIP_TRANSFER,
        MEMBER_ADDED,
        MEMBER_REMOVED,
        MEMBER_PROMOTED,
        QUORUM_ALONE_HEALED,
        ELECTION_WON,
        TWO_LEADERS,
        DEATH_AFTER_A_VOTE,
        DEATH_AFTER_AN_ACKNOWLEDGEMENT,
        DEATH_OF_A_YOUNG_LEADER,
        CUT_OF_A_YOUNG_LEADER,
        BLACKOUT,
        FLOOD,
        RING_FULL,
        SLOW_DISK,
        SLOW_APPLY,
        ROT_WHILE_RUNNING,
        START_OVER_DAMAGE,
        RECORDS_REPAIRED,
        LOST_WRITE,
        MISDIRECTED_WRITE,
        RENAME_FAILED,
        NO_SPACE_ON_WRITE,
        NO_SPACE_ON_FORCE,
        NO_SPACE_ON_RENAME,
        LEARNER_ADDED,
        MEMBERS_EXCHANGED,
        SNAPSHOT_BESIDE_A_CHANGE,
        SNAPSHOT_BESIDE_A_TRANSFER,
        SNAPSHOT_BESIDE_AN_INSTALLATION,
        CLIENT_CRASH,
        DIGESTS_COMPARED,
        VIEW_HELD,
        READER_LEFT_BEHIND,
        OPERATION_ACKNOWLEDGED,
        OPERATION_RETRIED,
        OPERATION_UNKNOWN,
        SESSION_EXPIRED,
        LEFT_TO_A_PERSON,
        HEALED
    }

    /** Not done to anybody, but what may come of it: counted, and not expected. */
    private static final Set<Event> CONSEQUENCES = EnumSet.of(
        Event.DAMAGE_STOPPED_A_MEMBER, Event.LEFT_TO_A_PERSON, Event.START_OVER_DAMAGE, Event.RECORDS_REPAIRED);

    private final Map<Event, Long> counts = new EnumMap<>(Event.class);
    private final Map<Event, Long> runs = new EnumMap<>(Event.class);

    void add(final Event event) {
        counts.merge(event, 1L, Long::sum);
    }

    long count(final Event event) {
        return counts.getOrDefault(event, 0L);
    }

    void add(final Event event, final long count) {
        counts.merge(event, count, Long::sum);
    }

    /** @return kinds that never happened. */
    List<Event> missing() {
        return Arrays.stream(Event.values()).filter(event -> 0 == count(event) && !CONSEQUENCES.contains(event)).toList();
    }

    /** @param other of one run. */
    void addAll(final Coverage other) {
        other.counts.forEach((event, count) -> {
            counts.merge(event, count, Long::sum);
            runs.merge(event, count > 0 ? 1L : 0L, Long::sum);
        });
    }

    /** @return how often each kind happened and, where runs were added, in how many of them. */
    @Override
    public String toString() {
        final StringBuilder text = new StringBuilder();
        for (final Event event : Event.values()) {
            text.append(text.isEmpty() ? "" : " ").append(event).append('=').append(count(event));
            if (!runs.isEmpty()) {
                text.append('/').append(runs.getOrDefault(event, 0L));
            }
        }
        return text.toString();
    }
}
