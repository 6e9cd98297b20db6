package io.cairn.engine;

import io.cairn.engine.pipeline.ConfigurationCodec;
import io.cairn.engine.raft.ClusterConfiguration;
import io.cairn.snapshot.SnapshotManifest;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** A cluster is founded while its members run: whatever they store from then on belongs to it. */
final class FoundingTest {
    private static final int MEMBERS = 3;
    private static final int CYCLES_MAX = 100_000;

    @TempDir
    Path dir;

    /**
     * Simulator seed 2650: a snapshot of a member that had founded the cluster, taken before any entry named its members, named those it was started
     * with, in no cluster. Started again with nothing behind it in its log, the member took itself for a stranger and waited for a leader.
     */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void shouldNameItsClusterInASnapshotThatIsOlderThanAnyConfigurationEntry(final int id) throws Exception {
        try (HandDrivenCluster cluster = new HandDrivenCluster(dir, MEMBERS, MEMBERS)) {
            for (int each = 0; each < MEMBERS; each++) {
                cluster.launch(each);
            }
            final StorageEngine member = cluster.member(id);
            cluster.driveUntil("it applies an entry", () -> member.appliedIndex() > 0);
            final CompletableFuture<SnapshotManifest> snapshot = member.takeSnapshot();
            // Alone it learns of no entry that is committed later.
            for (int i = 0; i < CYCLES_MAX && !snapshot.isDone(); i++) {
                member.doWork();
            }
            final ClusterConfiguration known = ConfigurationCodec.decode(snapshot.get(0, TimeUnit.SECONDS).configuration());
            assertEquals(cluster.status(id).configuration().clusterId(), known.clusterId());
            assertEquals(cluster.status(id).incarnation(), known.membership().incarnation(id));
            cluster.awaitEqualStates();
        }
    }
}
