package io.cairn.engine.sim;

import io.cairn.engine.EngineAccess;
import io.cairn.engine.StorageEngine;
import io.cairn.engine.bootstrap.MemberChange;
import io.cairn.engine.pipeline.MemberControl;
import io.cairn.engine.pipeline.PendingChange;
import io.cairn.engine.raft.Membership;
import io.cairn.engine.raft.Proposal;

import java.util.List;
import java.util.SplittableRandom;

/**
 * What operators do while everything else goes on: members added, removed and promoted, leadership handed over, snapshots on demand. Owner: one
 * thread.
 */
final class MemberChanges {
    private final FaultMix mix;
    private final SplittableRandom random;
    private final Coverage coverage;

    MemberChanges(final FaultMix mix, final SplittableRandom random, final Coverage coverage) {
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
                }
                return "member " + leader + " is to hand over: " + verdict;
            }
            default -> {
                return edit(control, all);
            }
        }
    }

    private String edit(final MemberControl control, final int all) {
        final Membership membership = control.status().configuration().membership();
        // Where disks may be damaged, only members whose disks never are come and go, or the weak would be a majority.
        final int id = mix.isChanging() ? random.nextInt(all) : mix.members() + random.nextInt(mix.spares());
        final int action;
        if (!membership.isMember(id)) {
            action = random.nextInt(3) > 0 ? MemberChange.ADD : MemberChange.ADD_LEARNER;
        } else if (membership.isLearner(id) && random.nextBoolean()) {
            action = MemberChange.PROMOTE;
        } else {
            action = MemberChange.REMOVE;
        }
        final String place = MemberChange.ADD == action || MemberChange.ADD_LEARNER == action ? endpoint(id) : "";
        control.change(new PendingChange(List.of(new PendingChange.Edit(action, id, place)), false, (text, code) -> {
            if (Proposal.ACCEPTED == code) {
                coverage.add(switch (action) {
                    case MemberChange.REMOVE -> Coverage.Event.MEMBER_REMOVED;
                    case MemberChange.PROMOTE -> Coverage.Event.MEMBER_PROMOTED;
                    default -> Coverage.Event.MEMBER_ADDED;
                });
            }
        }));
        return "change " + action + " of member " + id + " is asked for, of " + membership;
    }
}
