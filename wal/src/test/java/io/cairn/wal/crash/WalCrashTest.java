package io.cairn.wal.crash;

import io.cairn.wal.ForceMethod;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every operation of the log, crashed at every operation of the disk: nothing forced is lost, nothing torn is read, what was truncated stays away,
 * promises do not regress, and the node always starts.
 */
final class WalCrashTest
{
    private static final int SEGMENT_BYTES = 32 * 1024;

    @AfterAll
    static void report()
    {
        System.out.println("wal crash states opened and judged: " + CrashRun.STATES.get());
    }

    @ParameterizedTest
    @EnumSource(ForceMethod.class)
    void shouldStartWhenPowerFailsWhileADirectoryIsFormatted(final ForceMethod method)
    {
        run("format", 1, method).open().closeAndOpen().close();
    }

    @ParameterizedTest
    @EnumSource(ForceMethod.class)
    void shouldKeepForcedEntriesWhenPowerFailsBetweenAppends(final ForceMethod method)
    {
        final CrashRun run = run("append", 2, method).open();
        for (int i = 0; i < 10; i++)
        {
            run.append(1 + run.random().nextInt(4), 600).force();
        }
        run.append(3, 100).crash(CrashRun.Kind.POWER_LOSS).append(5, 700).force().append(3, 1500).close();
    }

    @ParameterizedTest
    @EnumSource(ForceMethod.class)
    void shouldKeepForcedEntriesWhenPowerFailsAmidARollAndASeal(final ForceMethod method)
    {
        final CrashRun run = run("roll", 3, method).open();
        for (int i = 0; i < 4; i++)
        {
            run.append(12, 2_400).nextTerm();
            if (i % 2 == 0)
            {
                run.force();
            }
        }
        run.closeAndOpen().append(2, 2_400).close();
    }

    @ParameterizedTest
    @EnumSource(ForceMethod.class)
    void shouldNeverBringBackTruncatedEntriesWhenPowerFails(final ForceMethod method)
    {
        final CrashRun run = run("truncate", 4, method).open().append(10, 2_000).force().append(8, 1_500);
        // Within the tail, un-forced; then forced ones; then across segments; then everything.
        run.truncateSuffix(run.model().lastIndex() - 1).append(2, 300).force();
        run.truncateSuffix(run.model().lastIndex() - 3).append(6, 2_000).force().append(30, 1_200).force();
        run.truncateSuffix(run.model().lastIndex() - 25).append(1, 100);
        run.truncateSuffix(4).append(4, 100).force();
        run.truncateSuffix(1).append(3, 1_000).force().crash(CrashRun.Kind.POWER_LOSS).append(30, 1_000).close();
    }

    @ParameterizedTest
    @EnumSource(ForceMethod.class)
    void shouldReuseSegmentsWithoutOldRecordsWhenPowerFails(final ForceMethod method)
    {
        final CrashRun run = run("recycle", 5, method).open();
        for (int i = 0; i < 5; i++)
        {
            run.append(25, 1_800).force().allocate();
            run.releasePrefix(run.model().forcedIndex() - 5).allocate().append(3, 100).allocate();
            if (i % 2 == 1)
            {
                run.crash(CrashRun.Kind.POWER_LOSS);
            }
        }
        run.closeAndOpen().append(20, 1_800).force().close();
    }

    @ParameterizedTest
    @EnumSource(ForceMethod.class)
    void shouldHoldEitherLogWhenPowerFailsAmidAReset(final ForceMethod method)
    {
        final CrashRun run = run("reset", 6, method).open().append(20, 1_500).force().append(2, 500);
        run.reset(run.model().lastIndex() + 100, 7).nextTerm().append(3, 400).force();
        run.reset(run.model().lastIndex() - 1, 9).nextTerm().append(20, 1_800).force();
        run.reset(run.model().lastIndex(), 9).crash(CrashRun.Kind.POWER_LOSS).append(2, 50).force().closeAndOpen().close();
    }

    @ParameterizedTest
    @EnumSource(ForceMethod.class)
    void shouldKeepPromisesWhenPowerFailsAmidAStore(final ForceMethod method)
    {
        final CrashRun run = run("stable", 7, method).open();
        for (int i = 1; i < 8; i++)
        {
            run.store(i, -1).store(i, i % 3).append(1, 100);
        }
        run.crash(CrashRun.Kind.POWER_LOSS).store(20, 1).crash(CrashRun.Kind.PROCESS_CRASH).store(21, -1).closeAndOpen().close();
    }

    @ParameterizedTest
    @MethodSource("anything")
    void shouldHoldThroughAnySequenceWhenPowerFails(final ForceMethod method, final boolean inline, final long seed)
    {
        new CrashRun("anything", seed, method, seed % 2 == 0 ? SEGMENT_BYTES : 2 * SEGMENT_BYTES, inline).open().anything(60).close();
    }

    @ParameterizedTest
    @MethodSource("anything")
    void shouldHoldThroughAnySequenceWhenSettingsChangeBetweenOpenings(final ForceMethod method, final boolean inline, final long seed)
    {
        new CrashRun("anything else", seed, method, SEGMENT_BYTES, inline).drawingSettings().open().anythingElse(16).close();
    }

    static Stream<Arguments> anything()
    {
        final long first = Long.getLong("cairn.crash.first", 100);
        final int runs = Integer.getInteger("cairn.crash.runs", 6);
        return Stream.iterate(first, seed -> seed + 1)
            .limit(runs)
            .map(seed -> Arguments.of(ForceMethod.values()[(int)(seed % 3)], seed % 4 < 2, seed));
    }

    private static CrashRun run(final String name, final long seed, final ForceMethod method)
    {
        return new CrashRun(name, seed, method, SEGMENT_BYTES, true);
    }
}
