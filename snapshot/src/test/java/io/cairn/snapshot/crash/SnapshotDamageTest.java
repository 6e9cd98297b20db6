package io.cairn.snapshot.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cairn.snapshot.LoadedSnapshot;
import io.cairn.snapshot.RestoreReport;
import io.cairn.snapshot.SnapshotException;
import io.cairn.snapshot.SnapshotFinding;
import io.cairn.snapshot.SnapshotStore;
import io.cairn.snapshot.SnapshotVerifier;
import io.cairn.wal.io.SimulatedStorageIo;
import io.cairn.wal.io.StorageException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * A directory of snapshots (two full ones, two increments on the newer), damaged in every way: the verifier reports each damage with its snapshot,
 * file and offset; a restore gives the newest state, or says what is wrong and falls back to an older one, whole; never a wrong value. A second run
 * with {@code -Dcairn.crash.seeds=N} flips N bits of each byte.
 */
final class SnapshotDamageTest
{
    private static final int BITS = Math.min(8, Math.max(1, Integer.getInteger("cairn.crash.seeds", 1)));
    private static final int RESTORE_EVERY_UNUSED = Integer.getInteger("cairn.crash.seeds", 1) > 1 ? 1 : 8;
    private static final int MULTIPLE_DAMAGES = 300 * Integer.getInteger("cairn.crash.seeds", 1);

    private final SnapshotRun run = new SnapshotRun("damage", 21, 2, 4, 0, 12).quietly();
    private final SplittableRandom random = new SplittableRandom(77);
    private final List<String> wrong = new ArrayList<>();
    private final SimulatedStorageIo disk;
    private final long releasable;
    private final long newest;
    private int whole;
    private int fellBack;
    private int refused;
    private int nothingLeft;
    private boolean bothChainsDamaged;

    SnapshotDamageTest()
    {
        run.take(false).change(5).take(false).work().change(1).take(true).change(1).take(true).work();
        releasable = run.store().releasableIndex();
        newest = run.store().newestIndex();
        run.store().close();
        disk = run.disk();
        assertTrue(releasable > 0 && releasable < newest);
        assertTrue(run.store().newest().orElseThrow().isIncremental());
    }

    @Test
    void shouldReportNothingWhenNothingIsDamaged()
    {
        for (final String name : new SnapshotVerifier(disk).names(SnapshotRun.DIR))
        {
            assertEquals(List.of(), new SnapshotVerifier(disk).verify(SnapshotRun.DIR, name));
        }
        restore("nothing damaged", disk.afterProcessCrash());
        report("nothing");
        assertEquals(1, whole);
    }

    @Test
    void shouldReportAndNeverRestoreAWrongValueWhenAnyBitIsFlipped()
    {
        for (final Path file : disk.files())
        {
            final int size = (int)disk.sizeOf(file);
            for (int offset = 0; offset < size; offset++)
            {
                final byte good = disk.byteAt(file, offset);
                final boolean unused = good == 0 && offset > 0 && disk.byteAt(file, offset - 1) == 0;
                final int first = random.nextInt(8);
                for (int bit = 0; bit < BITS; bit++)
                {
                    final byte bad = (byte)(good ^ 1 << (first + bit & 7));
                    final String what = "bit " + (first + bit & 7) + " of byte " + offset + " of " + file + " (" + good + " to " + bad + ")";
                    disk.damage(file, offset, bad);
                    verify(what, file, offset);
                    if (!unused || offset % RESTORE_EVERY_UNUSED == 0)
                    {
                        restore(what, disk.afterProcessCrash());
                    }
                    disk.damage(file, offset, good);
                }
            }
        }
        report("single bits");
    }

    @Test
    void shouldNeverRestoreAWrongValueWhenManyBytesAreDamaged()
    {
        final List<Path> files = disk.files();
        for (int i = 0; i < MULTIPLE_DAMAGES; i++)
        {
            final SimulatedStorageIo damaged = disk.afterProcessCrash();
            final Path file = files.get(random.nextInt(files.size()));
            final int size = (int)damaged.sizeOf(file);
            final int from = random.nextInt(size);
            final int length = 1 + random.nextInt(Math.min(size - from, random.nextBoolean() ? 64 : 4096));
            final int mode = random.nextInt(3);
            for (int offset = from; offset < from + length; offset++)
            {
                final byte value = mode == 0 ? 0 : mode == 1 ? (byte)random.nextInt(256) : damaged.byteAt(file, random.nextInt(size));
                damaged.damage(file, offset, value);
            }
            restore("damage " + i + ": " + length + " bytes from " + from + " of " + file + " mode " + mode, damaged);
        }
        report("many bytes");
    }

    @Test
    void shouldReportAndNeverRestoreAWrongValueWhenFilesAreCutSwappedOrGone()
    {
        final List<Path> files = disk.files();
        for (final Path file : files)
        {
            final long size = disk.sizeOf(file);
            for (final long cut : new long[]{0, 1, 511, 4095, 4096, size / 2, size - 4096, size - 1, size + 1, size + 4096})
            {
                if (cut >= 0 && cut != size)
                {
                    final SimulatedStorageIo damaged = disk.afterProcessCrash();
                    damaged.damageSize(file, cut);
                    verifyAny(file + " is " + cut + " instead of " + size + " bytes long", damaged);
                }
            }
            final SimulatedStorageIo lost = disk.afterProcessCrash();
            lost.damageByLoss(file);
            verifyAny(file + " is gone", lost);
            for (final Path other : files)
            {
                if (other.compareTo(file) > 0)
                {
                    final SimulatedStorageIo swapped = disk.afterProcessCrash();
                    swapped.damageBySwap(file, other);
                    bothChainsDamaged = isOfOldest(file) && !isOfOldest(other);
                    verifyAny(file + " and " + other + " are swapped", swapped);
                    bothChainsDamaged = false;
                }
            }
        }
        report("files");
    }

    private void verify(final String what, final Path file, final int offset)
    {
        final Path relative = SnapshotRun.DIR.relativize(file);
        final String name = relative.getName(0).toString();
        final String inside = relative.subpath(1, relative.getNameCount()).toString();
        try
        {
            final List<SnapshotFinding> findings = new SnapshotVerifier(disk).verify(SnapshotRun.DIR, name);
            boolean named = false;
            for (final SnapshotFinding finding : findings)
            {
                named |= finding.snapshot().equals(name) && finding.file().equals(inside) &&
                    finding.offset() <= offset && offset < finding.offset() + 4096;
            }
            if (!named)
            {
                wrong.add("verify does not report " + what + ", it says " + findings);
            }
        }
        catch (final RuntimeException | Error failure)
        {
            wrong.add("verify fails on " + what + ": " + failure);
        }
        checkWrong();
    }

    private void verifyAny(final String what, final SimulatedStorageIo damaged)
    {
        boolean found = false;
        try
        {
            for (final String name : new SnapshotVerifier(damaged).names(SnapshotRun.DIR))
            {
                found |= !new SnapshotVerifier(damaged).verify(SnapshotRun.DIR, name).isEmpty();
            }
            if (!found)
            {
                wrong.add("verify does not report that " + what);
            }
        }
        catch (final RuntimeException | Error failure)
        {
            wrong.add("verify fails when " + what + ": " + failure);
        }
        restore(what, damaged);
    }

    private void restore(final String what, final SimulatedStorageIo damaged)
    {
        SnapshotRun.STATES.incrementAndGet();
        try (SnapshotStore store = new SnapshotStore(run.context(damaged)))
        {
            final RestoreReport report = store.restoreNewest(PagedState::newArena);
            if (report.loaded().isEmpty())
            {
                nothingLeft++;
                if (!bothChainsDamaged || report.findings().isEmpty())
                {
                    wrong.add("nothing restored after " + what + ": " + report.findings());
                }
            }
            else
            {
                judge(what, report);
            }
        }
        catch (final SnapshotException | StorageException refusal)
        {
            refused++;
        }
        catch (final RuntimeException | Error failure)
        {
            wrong.add("restoring fails without a clear error after " + what + ": " + failure);
        }
        if (damaged.openHandles() != 0)
        {
            wrong.add("handles left open after " + what);
        }
        damaged.close();
        checkWrong();
    }

    private void judge(final String what, final RestoreReport report)
    {
        final LoadedSnapshot loaded = report.loaded().orElseThrow();
        final long index = loaded.manifest().index();
        final String differs = SnapshotRun.differs(loaded, run.stateAt(index));
        loaded.tables().arena().close();
        if (differs != null)
        {
            wrong.add("harmed by " + what + ": the state at " + index + ": " + differs);
        }
        if (index == newest)
        {
            whole++;
            return;
        }
        fellBack++;
        if (index < releasable)
        {
            wrong.add("fell back to " + index + " below the released log (" + releasable + ") after " + what);
        }
        if (report.findings().isEmpty() || report.skipped().isEmpty())
        {
            wrong.add("fell back to " + index + " in silence after " + what);
        }
    }

    private boolean isOfOldest(final Path file)
    {
        return file.startsWith(SnapshotRun.DIR.resolve(new SnapshotVerifier(disk).names(SnapshotRun.DIR).get(0)));
    }

    private void checkWrong()
    {
        if (wrong.size() >= 40)
        {
            report("stopped early");
        }
    }

    private void report(final String what)
    {
        System.out.println("snapshot damage, " + what + ": " + whole + " unharmed, " + fellBack + " fell back, " + refused + " refused, " +
            nothingLeft + " left nothing");
        assertEquals("", String.join("\n", wrong));
    }
}
