package io.cairn.snapshot;

import io.cairn.snapshot.SnapshotPolicy.Settings;
import io.cairn.snapshot.SnapshotPolicy.Trigger;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

final class SnapshotPolicyTest {
    private static final long SECOND = 1_000_000_000L;

    private static Settings off() {
        return new Settings().entries(0).bytes(0).ratioPercent(0).intervalNs(0);
    }

    @Test
    void shouldNeverFireWhenEverythingIsOff() {
        final SnapshotPolicy policy = new SnapshotPolicy(off(), 0);
        assertEquals(Trigger.NONE, policy.evaluate(Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE));
    }

    @Test
    void shouldFireOnEntriesWhenEnoughWereApplied() {
        final SnapshotPolicy policy = new SnapshotPolicy(off().entries(100), 0);
        policy.restored(50, 0, 0, 0);
        assertEquals(Trigger.NONE, policy.evaluate(149, 1L << 40, 0));
        assertEquals(Trigger.ENTRIES, policy.evaluate(150, 0, 0));
    }

    @Test
    void shouldFireOnBytesWhenTheLogGrewEnough() {
        final SnapshotPolicy policy = new SnapshotPolicy(off().bytes(1000), 0);
        policy.restored(1, 5000, 0, 0);
        assertEquals(Trigger.NONE, policy.evaluate(2, 5999, 0));
        assertEquals(Trigger.BYTES, policy.evaluate(2, 6000, 0));
    }

    @Test
    void shouldFireOnRatioWhenTheLogOutgrewTheLastSnapshotAndTheFloor() {
        final SnapshotPolicy policy = new SnapshotPolicy(off().ratioPercent(200).ratioFloorBytes(100), 0);
        policy.restored(1, 0, 1000, 0);
        assertEquals(Trigger.NONE, policy.evaluate(2, 1999, 0));
        assertEquals(Trigger.RATIO, policy.evaluate(2, 2000, 0));
        policy.restored(1, 0, 10, 0);
        assertEquals(Trigger.NONE, policy.evaluate(2, 99, 0));
        assertEquals(Trigger.RATIO, policy.evaluate(2, 100, 0));
    }

    @Test
    void shouldFireOnTimeWhenSomethingWasApplied() {
        final SnapshotPolicy policy = new SnapshotPolicy(off().intervalNs(10 * SECOND), 0);
        assertEquals(Trigger.NONE, policy.evaluate(0, 0, 100 * SECOND));
        assertEquals(Trigger.NONE, policy.evaluate(1, 0, 10 * SECOND - 1));
        assertEquals(Trigger.TIME, policy.evaluate(1, 0, 10 * SECOND));
        policy.published(1, 0, 0, 10 * SECOND);
        assertEquals(Trigger.NONE, policy.evaluate(1, 0, 100 * SECOND));
        assertEquals(Trigger.TIME, policy.evaluate(2, 0, 20 * SECOND));
    }

    @Test
    void shouldFireOnDemandWhenThereIsSomethingNew() {
        final SnapshotPolicy policy = new SnapshotPolicy(off(), 0);
        policy.restored(7, 0, 0, 0);
        policy.demand();
        assertEquals(Trigger.NONE, policy.evaluate(7, 0, 0));
        assertEquals(Trigger.NONE, policy.evaluate(8, 0, 0), "a demand with nothing new is forgotten");
        policy.demand();
        assertEquals(Trigger.ON_DEMAND, policy.evaluate(8, 0, 0));
    }

    @Test
    void shouldFireNothingWhileOneIsInProgressAndKeepADemandForAfterwards() {
        final SnapshotPolicy policy = new SnapshotPolicy(off().entries(1), 0);
        assertEquals(Trigger.ENTRIES, policy.evaluate(1, 0, 0));
        policy.begun();
        policy.demand();
        assertEquals(Trigger.NONE, policy.evaluate(100, 0, 0));
        policy.published(1, 0, 0, 0);
        assertEquals(Trigger.ON_DEMAND, policy.evaluate(100, 0, 0));
    }

    @Test
    void shouldBackOffTwiceAsLongWhenSnapshotsKeepFailing() {
        final SnapshotPolicy policy = new SnapshotPolicy(off().entries(1).backOffMinNs(SECOND).backOffMaxNs(3 * SECOND), 0);
        policy.begun();
        policy.failed(0);
        assertEquals(1, policy.failures());
        assertEquals(Trigger.NONE, policy.evaluate(5, 0, SECOND - 1));
        assertEquals(Trigger.ENTRIES, policy.evaluate(5, 0, SECOND));
        policy.begun();
        policy.failed(10 * SECOND);
        assertEquals(Trigger.NONE, policy.evaluate(5, 0, 12 * SECOND - 1));
        assertEquals(Trigger.ENTRIES, policy.evaluate(5, 0, 12 * SECOND));
        policy.begun();
        policy.failed(20 * SECOND);
        assertEquals(Trigger.NONE, policy.evaluate(5, 0, 23 * SECOND - 1), "bounded by the longest");
        assertEquals(Trigger.ENTRIES, policy.evaluate(5, 0, 23 * SECOND));
        policy.begun();
        policy.failed(30 * SECOND);
        policy.demand();
        assertEquals(Trigger.ON_DEMAND, policy.evaluate(5, 0, 30 * SECOND), "a demand does not wait");
        policy.begun();
        policy.published(5, 0, 0, 31 * SECOND);
        assertEquals(0, policy.failures());
        assertEquals(Trigger.ENTRIES, policy.evaluate(6, 0, 31 * SECOND));
    }

    @Test
    void shouldNotBackOffWhenCancelled() {
        final SnapshotPolicy policy = new SnapshotPolicy(off().entries(1), 0);
        policy.begun();
        policy.cancelled();
        assertEquals(Trigger.ENTRIES, policy.evaluate(1, 0, 0));
    }

    @Test
    void shouldNameTheValueWhenASettingIsWrong() {
        assertEquals("snapshot entries=-1 is negative: give 0 to switch it off",
            assertThrows(IllegalArgumentException.class, () -> new SnapshotPolicy(off().entries(-1), 0)).getMessage());
        assertThrows(IllegalArgumentException.class, () -> new SnapshotPolicy(off().backOffMinNs(2).backOffMaxNs(1), 0));
    }
}
