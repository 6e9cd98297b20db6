package io.cairn.bench.cli;

import picocli.CommandLine.Option;

/** What a member that joins, or comes back, is measured for. */
final class JoinOptions {
    private static final long CHANGED_SHARE = 100;

    @Option(names = "--join", description = {
        "Something else: a blank member is added to the cluster under --rate puts a second and is promoted by itself. Latency before, meanwhile and "
            + "afterwards, bytes, and the time until it votes. Implies --processes; --keys and --value-size make the state, --duration is the time "
            + "before and after."})
    boolean isJoin;

    @Option(names = "--away", description = {
        "The same for a follower that is stopped and started again: first after --duration under --rate, which the log covers; then after the log "
            + "was released, while --changed keys were written again and again. Implies --processes; may go with --join."})
    boolean isAway;

    @Option(names = "--changed", paramLabel = "N", converter = Converters.Count.class,
        description = "With --away: keys that are written (default: a hundredth of --keys).")
    Long changed;

    boolean isAsked() {
        return isJoin || isAway;
    }

    int changed(final long keys) {
        return (int) Math.max(1, Math.min(keys, null == changed ? keys / CHANGED_SHARE : changed));
    }

    void prepare(final ClusterOptions cluster) {
        cluster.isProcesses = true;
        // Two full snapshots release the log behind the older one; what is left of it must be less than the state.
        cluster.overrides.putIfAbsent("snapshot.incremental", "false");
        cluster.overrides.putIfAbsent("log.trailing.entries", Long.toString(cluster.keys / CHANGED_SHARE));
    }
}
