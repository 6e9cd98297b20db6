package io.cairn.engine.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class EffectiveConfigurationTest {
    @TempDir
    private Path dir;

    private final Properties system = new Properties();

    private ConfigurationBuilder builder() {
        return EffectiveConfiguration.builder().systemProperties(system).cores(8);
    }

    private Path file(final String text) throws IOException {
        return Files.writeString(dir.resolve("cairn.properties"), text);
    }

    private String refusal(final ConfigurationBuilder builder) {
        return assertThrows(ConfigException.class, builder::conclude).getMessage();
    }

    static List<String> profiles() {
        return Profile.names();
    }

    @ParameterizedTest
    @MethodSource("profiles")
    void shouldConcludeEveryShippedProfileWithoutDoubts(final String name) {
        final EffectiveConfiguration configuration = builder().profile(name).conclude();
        assertEquals(name, configuration.profileName());
        assertEquals(List.of(), configuration.warnings());
        assertFalse(Profile.named(name).description().isEmpty());
    }

    @Test
    void shouldUseBalancedWhenNothingIsSaid() {
        final EffectiveConfiguration configuration = builder().conclude();
        assertEquals("balanced", configuration.profileName());
        assertEquals(Durability.GROUP, configuration.choice(ConfigKeys.DURABILITY, Durability.class));
        assertEquals(64L << 20, configuration.sizeBytes(ConfigKeys.WAL_SEGMENT_SIZE));
        assertEquals(10_000_000L, configuration.durationNs(ConfigKeys.DURABILITY_INTERVAL));
        assertEquals(8192, configuration.integer(ConfigKeys.CLIENT_INFLIGHT_MAX));
        assertEquals(4.0, configuration.decimal(ConfigKeys.SNAPSHOT_TRIGGER_RATIO));
        assertTrue(configuration.bool(ConfigKeys.SNAPSHOT_INCREMENTAL));
        assertEquals(Path.of("d", "wal"), configuration.directory(ConfigKeys.WAL_DIR, Path.of("d", "wal")));
    }

    @Test
    void shouldLetLaterLayersWinAndNameTheOriginWhenSeveralGiveAValue() throws IOException {
        final Path file = file("profile=small\nwal.segment.size=16m\ndurability=os\nsnapshot.retain=5\n");
        system.setProperty("cairn.durability", "interval");
        system.setProperty("cairn.snapshot.retain", "6");
        system.setProperty("other.key", "x");
        final EffectiveConfiguration configuration = builder().file(file).set(ConfigKeys.SNAPSHOT_RETAIN, "7").conclude();
        assertEquals("small", configuration.profileName());
        assertEquals("default", configuration.setting(ConfigKeys.PROMETHEUS_BIND).origin());
        assertEquals("profile small", configuration.setting(ConfigKeys.STATE_MEMORY_MAX).origin());
        assertEquals("file " + file, configuration.setting(ConfigKeys.WAL_SEGMENT_SIZE).origin());
        assertEquals("system property cairn.durability", configuration.setting(ConfigKeys.DURABILITY).origin());
        assertEquals("code", configuration.setting(ConfigKeys.SNAPSHOT_RETAIN).origin());
        assertEquals(7, configuration.integer(ConfigKeys.SNAPSHOT_RETAIN));
        assertEquals(Durability.INTERVAL, configuration.choice(ConfigKeys.DURABILITY, Durability.class));
    }

    @Test
    void shouldLetCodeThenSystemThenFileChooseTheProfile() throws IOException {
        final Path file = file("profile=durable");
        assertEquals("durable", builder().file(file).conclude().profileName());
        system.setProperty("cairn.profile", "throughput");
        assertEquals("throughput", builder().file(file).conclude().profileName());
        assertEquals("small", builder().file(file).profile("small").conclude().profileName());
    }

    @Test
    void shouldReadTheFileNamedByTheSystemPropertyWhenCodeNamesNone() throws IOException {
        system.setProperty("cairn.config", file("snapshot.retain=9").toString());
        assertEquals(9, builder().conclude().integer(ConfigKeys.SNAPSHOT_RETAIN));
    }

    @Test
    void shouldTakeBackAValueWhenCodeSetsNull() {
        assertEquals(2, builder().set(ConfigKeys.SNAPSHOT_RETAIN, "7").set(ConfigKeys.SNAPSHOT_RETAIN, (String)null).conclude()
            .integer(ConfigKeys.SNAPSHOT_RETAIN));
    }

    @Test
    void shouldSetTheWordWhenCodeGivesAConstant() {
        final EffectiveConfiguration configuration = builder().set(ConfigKeys.IDLE_SEQUENCER, IdleKind.BUSY_SPIN).conclude();
        assertEquals("busy-spin", configuration.text(ConfigKeys.IDLE_SEQUENCER));
        assertEquals(IdleKind.BUSY_SPIN, configuration.choice(ConfigKeys.IDLE_SEQUENCER, IdleKind.class));
    }

    @Test
    void shouldIgnorePropertiesOfTestsAndBenchmarks() {
        system.setProperty("cairn.test.seed", "1");
        system.setProperty("cairn.bench.cores", "1");
        assertEquals(List.of(), builder().conclude().warnings());
    }

    @Test
    void shouldNameKeyAndOriginAndSuggestWhenAKeyIsUnknown() throws IOException {
        final Path file = file("wal.segment.sise=64m");
        assertEquals("file " + file + ": unknown key 'wal.segment.sise' (did you mean wal.segment.size?)", refusal(builder().file(file)));
        system.setProperty("cairn.retain", "3");
        assertEquals("system property cairn.retain: unknown key 'retain' (did you mean snapshot.retain?)", refusal(builder()));
        system.clear();
        assertEquals("code: unknown key 'xyzzyxyzzy'", refusal(builder().set("xyzzyxyzzy", "1")));
        assertEquals("unknown profile 'low-latancy' (did you mean low-latency?); shipped are balanced, low-latency, throughput, durable, small",
            refusal(builder().profile("low-latancy")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "durability | sync | is not os, group, interval",
        "wal.segment.size | 64q | is not a size such as 64k, 16m or 1g",
        "wal.segment.size | 63m | is out of bounds; it takes 64k to 1g, a power of two",
        "wal.segment.size | 2g | is out of bounds; it takes 64k to 1g, a power of two",
        "wal.segment.size | '' | is not a size such as 64k, 16m or 1g",
        "wal.segment.size | -64m | is not a size such as 64k, 16m or 1g",
        "wal.segment.size | 99999999999g | is not a size such as 64k, 16m or 1g",
        "durability.interval | 10 min | is not a duration such as 500us, 10ms or 30s",
        "durability.interval | s | is not a duration such as 500us, 10ms or 30s",
        "durability.interval | 10 | is out of bounds; it takes 100us to 60s",
        "scrub.interval | 1ms | is out of bounds; it takes 1s to 10000000s, 0 = off",
        "snapshot.retain | two | is not a whole number",
        "snapshot.retain | 1 | is out of bounds; it takes 2 to 1000",
        "snapshot.trigger.ratio | NaN | is out of bounds; it takes 0.1 to 1000.0, 0 = off",
        "verify.on.open | yes | is not true, false",
        "prometheus.port | 70000 | is out of bounds; it takes 1 to 65535, 0 = off"
    })
    void shouldNameKeyAndValueAndWhatIsRightWhenAValueIsBad(final String key, final String value, final String problem) {
        assertEquals("code: " + key + "=" + value + " " + problem, refusal(builder().set(key, value)));
    }

    @ParameterizedTest
    @CsvSource({"scrub.interval,0", "scrub.interval,0s", "snapshot.rate,0", "wal.pretouch,0", "snapshot.trigger.ratio,0.0", "prometheus.port,0"})
    void shouldTakeZeroWhereItMeansOff(final String key, final String value) {
        assertEquals(value, builder().set(key, value).conclude().text(ConfigKeys.named(key)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "wal.record.max | 6m | wal.segment.size | 8m | a segment must hold two of the longest records, at least 16m",
        "ingress.ring.size | 1m | wal.record.max | 1m | a ring must hold eight of the longest records, at least 16m",
        "reply.ring.size | 8m | wal.record.max | 1m | a ring must hold eight of the longest records, at least 16m",
        "state.memory.max | 16m | state.extent.size | 16m | the state must have room for two extents",
        "snapshot.incremental | true | snapshot.chain.max | 0 | allow at least one increment, or set snapshot.incremental=false",
        "state.huge.pages | true | state.storage | file | a scratch file has no huge pages; set state.huge.pages=false"
    })
    void shouldNameBothKeysWhenTheyContradict(
        final String left, final String leftValue, final String right, final String rightValue, final String wayOut) {
        final String message = refusal(builder().set(left, leftValue).set(right, rightValue));
        assertTrue(message.contains(left + "=" + leftValue + " (code)"), message);
        assertTrue(message.contains(right + "=" + rightValue + " (code)"), message);
        assertTrue(message.endsWith(": " + wayOut), message);
    }

    @Test
    void shouldWarnWhenThereAreMoreBusyThreadsThanCores() {
        assertEquals(List.of(), builder().profile("low-latency").cores(2).conclude().warnings());
        assertEquals(List.of("2 busy-spinning threads (idle.sequencer, idle.applier) on 1 core: they take the cores from each other; " +
            "use threading.mode=shared or idle strategies that park"), builder().profile("low-latency").cores(1).conclude().warnings());
        assertEquals(List.of(), builder().profile("low-latency").cores(1).set(ConfigKeys.THREADING_MODE, ThreadingMode.SHARED).conclude().warnings());
    }

    @Test
    void shouldWarnWhenAChosenValueHasNoEffect() {
        assertEquals(List.of("durability.interval=5ms (code) has no effect while durability=group"),
            builder().set(ConfigKeys.DURABILITY_INTERVAL, "5ms").conclude().warnings());
        assertEquals(List.of("idle.applier=yield (code) has no effect while threading.mode=shared"),
            builder().set(ConfigKeys.IDLE_APPLIER, IdleKind.YIELD).conclude().warnings());
        assertEquals(List.of("idle.driver=yield (code) has no effect while cluster.driver=invoker"),
            builder().set(ConfigKeys.CLUSTER_DRIVER, DriverMode.INVOKER).set(ConfigKeys.IDLE_DRIVER, IdleKind.YIELD).conclude().warnings());
        assertEquals(List.of(), builder().set(ConfigKeys.IDLE_DRIVER, IdleKind.YIELD).conclude().warnings());
    }

    @Test
    void shouldWarnWhenNothingEverStartsASnapshot() {
        final ConfigurationBuilder builder = builder().set("snapshot.trigger.entries", "0").set("snapshot.trigger.bytes", "0")
            .set("snapshot.trigger.ratio", "0");
        assertEquals(List.of("every snapshot.trigger is off: the log grows until a snapshot is taken on demand"), builder.conclude().warnings());
        assertEquals(List.of(), builder.set("snapshot.trigger.interval", "60s").conclude().warnings());
    }

    @Test
    void shouldSayWhichFileWhenItCannotBeRead() throws IOException {
        assertEquals("configuration file " + dir.resolve("none") + " does not exist", refusal(builder().file(dir.resolve("none"))));
        final String message = refusal(builder().file(file("a=\\u12")));
        assertTrue(message.startsWith("configuration file " + dir.resolve("cairn.properties") + " cannot be read: "), message);
    }

    @Test
    void shouldExplainEveryKeyWithValueOriginMeaningAndCost() {
        final EffectiveConfiguration configuration = builder().set(ConfigKeys.WAL_SEGMENT_SIZE, "32m").conclude();
        final String text = configuration.explain();
        for (final ConfigKey key : ConfigKeys.all()) {
            assertFalse(key.doc().isEmpty(), key.name());
            assertFalse(key.cost().isEmpty(), key.name());
            assertNull(key.problem(key.defaultValue()), key.name());
            assertTrue(text.contains("\n" + configuration.explain(key)), key.name());
        }
        assertTrue(text.contains("wal.segment.size = 32m  (code)\n    " + ConfigKeys.WAL_SEGMENT_SIZE.doc() + "\n    Cost: "), text);
        assertTrue(text.contains("    Takes: 64k to 1g, a power of two; default 64m\n"), text);
    }

    @Test
    void shouldRefuseToReadAValueAsAnotherType() {
        final EffectiveConfiguration configuration = builder().conclude();
        assertThrows(IllegalArgumentException.class, () -> configuration.sizeBytes(ConfigKeys.DURABILITY_INTERVAL));
        assertThrows(IllegalArgumentException.class, () -> configuration.bool(ConfigKeys.DURABILITY));
    }
}
