package io.cairn.wal.io;

import java.nio.file.Path;
import net.openhft.posix.MAdviseFlag;
import net.openhft.posix.MSyncFlag;
import net.openhft.posix.PosixAPI;

/**
 * The system calls that the JDK does not offer, through chronicle's POSIX layer. That layer silently becomes one that does nothing where it cannot
 * load (a temporary directory mounted noexec, say); {@link #isAvailable()} tells.
 */
final class PosixMemory
{
    private static final int O_RDWR = 2;
    private static final PosixAPI POSIX = load();

    private PosixMemory()
    {
    }

    private static PosixAPI load()
    {
        try
        {
            final PosixAPI posix = PosixAPI.posix();
            return posix.getClass().getSimpleName().startsWith("NoOp") ? null : posix;
        }
        catch (final RuntimeException | LinkageError unavailable)
        {
            return null;
        }
    }

    static boolean isAvailable()
    {
        return POSIX != null;
    }

    /**
     * Allocates blocks and extends the file.
     *
     * @return false when it could not be done.
     */
    static boolean allocate(final Path path, final long lengthBytes)
    {
        if (POSIX == null)
        {
            return false;
        }
        try
        {
            final int fd = POSIX.open(path.toString(), O_RDWR, 0);
            if (fd < 0)
            {
                return false;
            }
            try
            {
                return POSIX.fallocate(fd, 0, 0, lengthBytes) == 0;
            }
            finally
            {
                POSIX.close(fd);
            }
        }
        catch (final RuntimeException refused)
        {
            return false;
        }
    }

    /**
     * Forces a page-aligned range of a mapping.
     *
     * @return 0, or the error number.
     */
    static int sync(final long address, final long lengthBytes)
    {
        if (POSIX.msync(address, lengthBytes, MSyncFlag.MS_SYNC) == 0)
        {
            return 0;
        }
        final int error = POSIX.lastError();
        return error == 0 ? -1 : error;
    }

    static void advise(final long address, final long lengthBytes, final Advice advice)
    {
        if (POSIX == null)
        {
            return;
        }
        final MAdviseFlag flag = switch (advice)
        {
            case NORMAL -> MAdviseFlag.MADV_NORMAL;
            case RANDOM -> MAdviseFlag.MADV_RANDOM;
            case SEQUENTIAL -> MAdviseFlag.MADV_SEQUENTIAL;
            case WILL_NEED -> MAdviseFlag.MADV_WILLNEED;
            case DONT_NEED -> MAdviseFlag.MADV_DONTNEED;
            case HUGE_PAGE -> MAdviseFlag.MADV_HUGEPAGE;
        };
        try
        {
            POSIX.madvise(address, lengthBytes, flag);
        }
        catch (final RuntimeException ignore)
        {
            // Advice only: the kernel may refuse it for this kind of mapping.
        }
    }
}
