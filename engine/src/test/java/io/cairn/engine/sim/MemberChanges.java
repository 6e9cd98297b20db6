package io.cairn.engine.sim;

import io.cairn.engine.EngineAccess;
import io.cairn.engine.StorageEngine;
import io.cairn.engine.bootstrap.MemberChange;
import io.cairn.engine.pipeline.MemberControl;
import io.cairn.engine.pipeline.PendingChange;
import io.cairn.engine.raft.Membership;
import io.cairn.engine.raft.Proposal;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What operators do while everything else goes on: members added, removed and promoted, leadership handed over, snapshots on demand. Owner: one
 * thread.
 */
final class MemberChanges {
    private final List<SimulatedMember> members;
    private final FaultMix mix;
    private final SplittableRandom random;
    private final Coverage coverage;

    MemberChanges(final List<SimulatedMember> members, final FaultMix mix, final SplittableRandom random, final Coverage coverage) {
        this.members = members;
        this.mix = mix;
        this.random = random;
        this.coverage = coverage;
    }

    static String endpoint(final int id) {
        return "127.0.0.1:" + (20_000 + 10 * id);
    }

    /** @return what was asked, for the log of events. */
    String change(final int leader, final StorageEngine engine) {
        final MemberControl control = EngineAccess.control(engine);
        final int all = mix.members() + mix.spares();
        switch (random.nextInt(mix.isChanging() || mix.spares() > 0 ? 6 : 2)) {
            case 0 -> {
                engine.takeSnapshot();
                coverage.add(Coverage.Event.SNAPSHOT_DEMANDED);
                return "member " + leader + " is asked for a snapshot";
            }
            case 1 -> {
                final int verdict = control.handOver(random.nextBoolean() ? -1 : random.nextInt(mix.members()));
                if (Proposal.ACCEPTED == verdict) {
                    coverage.add(Coverage.Event.LEADERSHIP_TRANSFER);
                    snapshotBeside(Coverage.Event.SNAPSHOT_BESIDE_A_TRANSFER);
                }
                return "member " + leader + " is to hand over: " + verdict;
            }
            default -> {
                return edit(leader, control, all);
            }
        }
    }

    private String edit(final int leader, final MemberControl control, final int all) {
        final Membership membership = control.status().configuration().membership();
        final List<PendingChange.Edit> edits = new ArrayList<>();
        if (mix.isChanging() && random.nextBoolean()) {
            exchange(leader, membership, all, edits);
        } else {
            // Where disks may be damaged, only members whose disks never are come and go, or the weak would be a majority.
            edits.add(edit(membership, mix.isChanging() ? random.nextInt(all) : mix.members() + random.nextInt(mix.spares())));
        }
        control.change(new PendingChange(edits, 0 == random.nextInt(4), (text, code) -> {
            if (Proposal.ACCEPTED == code) {
                edits.forEach(this::count);
                snapshotBeside(Coverage.Event.SNAPSHOT_BESIDE_A_CHANGE);
                if (edits.size() > 1) {
                    coverage.add(Coverage.Event.MEMBERS_EXCHANGED);
                }
            }
        }));
        return "changes " + edits + " are asked for, of " + membership;
    }

    /** To others, one to three of them, whoever it is now; or to the leader alone. */
    private void exchange(final int leader, final Membership membership, final int all, final List<PendingChange.Edit> edits) {
        final boolean isAlone = 0 == random.nextInt(3);
        long wanted = isAlone ? 1L << leader : 0;
        for (int left = isAlone ? 0 : 1 + random.nextInt(Math.min(3, all)); left > 0; left--) {
            wanted |= 1L << random.nextInt(all);
        }
        for (int id = 0; id < all; id++) {
            final boolean isWanted = 0 != (wanted & 1L << id);
            if (isWanted && !membership.isMember(id)) {
                edits.add(new PendingChange.Edit(MemberChange.ADD, id, endpoint(id)));
            } else if (!isWanted && membership.isMember(id)) {
                edits.add(new PendingChange.Edit(MemberChange.REMOVE, id, ""));
            }
        }
    }

    /** Somebody takes a snapshot while something else goes on. */
    void snapshotBeside(final Coverage.Event event) {
        final SimulatedMember member = members.get(random.nextInt(members.size()));
        if (random.nextBoolean() && member.isAwake() && member.engine().isServing()) {
            member.engine().takeSnapshot();
            coverage.add(event);
        }
    }

    private PendingChange.Edit edit(final Membership membership, final int id) {
        if (!membership.isMember(id)) {
            return new PendingChange.Edit(random.nextBoolean() ? MemberChange.ADD : MemberChange.ADD_LEARNER, id, endpoint(id));
        }
        return new PendingChange.Edit(
            membership.isLearner(id) && random.nextInt(4) > 0 ? MemberChange.PROMOTE : MemberChange.REMOVE, id, "");
    }

    private void count(final PendingChange.Edit edit) {
        coverage.add(switch (edit.action()) {
            case MemberChange.REMOVE -> Coverage.Event.MEMBER_REMOVED;
            case MemberChange.PROMOTE -> Coverage.Event.MEMBER_PROMOTED;
            case MemberChange.ADD_LEARNER -> Coverage.Event.LEARNER_ADDED;
            default -> Coverage.Event.MEMBER_ADDED;
        });
    }
}
