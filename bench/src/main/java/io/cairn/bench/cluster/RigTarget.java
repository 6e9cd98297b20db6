package io.cairn.bench.cluster;

import io.cairn.bench.embedded.EmbeddedTarget;
import io.cairn.bench.load.Target;

/**
 * A client of a cluster as a target of load, which gives the members their turn whenever it is polled. Owned by the generator's thread.
 */
public final class RigTarget implements Target {
    private final ClusterRig rig;
    private final EmbeddedTarget target;

    /**
     * Joins the two.
     *
     * @param rig    whose members may have no thread.
     * @param target over a client of it.
     */
    public RigTarget(final ClusterRig rig, final EmbeddedTarget target) {
        this.rig = rig;
        this.target = target;
    }

    @Override
    public int submit(final int operation, final int key, final int slot) {
        return target.submit(operation, key, slot);
    }

    @Override
    public int poll(final Completions completions, final int limit) {
        rig.doWork();
        return target.poll(completions, limit);
    }
}
