package io.cairn.wal.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The real file system: files through {@link FileChannel}, mappings through chronicle-bytes, {@code fallocate}, {@code madvise} and {@code msync}
 * through its POSIX layer, each with its return code checked. Where that layer could not load (it then turns itself into one that does nothing),
 * channels do the work instead.
 * <p>
 * Any thread. No state but the locks of the process.
 */
public final class MappedStorageIo implements StorageIo
{
    /** Name of the file that carries a directory's lock. */
    public static final String LOCK_FILE_NAME = "lock";

    /** Lock files that this process holds: closing another channel to one of them would give its lock back. */
    private static final Map<Object, ChannelDirectoryLock> HELD = new ConcurrentHashMap<>();
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

    /**
     * Ready to use.
     */
    public MappedStorageIo()
    {
        // Nothing to set up: the first mapping loads what it needs.
    }

    @Override
    public void createDirectories(final Path dir)
    {
        final Deque<Path> missing = new ArrayDeque<>();
        for (Path at = dir.toAbsolutePath(); at != null && !Files.isDirectory(at); at = at.getParent())
        {
            missing.push(at);
        }
        while (!missing.isEmpty())
        {
            final Path next = missing.pop();
            try
            {
                Files.createDirectory(next);
            }
            catch (final FileAlreadyExistsException raced)
            {
                if (!Files.isDirectory(next))
                {
                    throw failure(next, "a file stands where the directory should be", raced);
                }
            }
            catch (final IOException failure)
            {
                throw failure(next, "the directory cannot be created", failure);
            }
            forceDirectory(next.getParent());
        }
    }

    @Override
    public boolean exists(final Path path)
    {
        return Files.exists(path);
    }

    @Override
    public List<String> list(final Path dir)
    {
        try (Stream<Path> paths = Files.list(dir))
        {
            return paths.map((path) -> path.getFileName().toString()).sorted().collect(Collectors.toList());
        }
        catch (final NoSuchFileException missing)
        {
            return List.of();
        }
        catch (final IOException failure)
        {
            throw failure(dir, "the directory cannot be listed", failure);
        }
    }

    @Override
    public StorageFile open(final Path path, final OpenMode mode)
    {
        try
        {
            final FileChannel channel = switch (mode)
            {
                case READ -> FileChannel.open(path, StandardOpenOption.READ);
                case READ_WRITE -> FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
                case CREATE_NEW -> FileChannel.open(
                    path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
            };
            return new ChannelStorageFile(path, channel, mode != OpenMode.READ);
        }
        catch (final IOException failure)
        {
            throw failure(path, "the file cannot be opened", failure);
        }
    }

    @Override
    public void rename(final Path from, final Path to)
    {
        try
        {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
        catch (final IOException failure)
        {
            throw failure(from, "the file cannot be renamed to " + to.getFileName(), failure);
        }
    }

    @Override
    public void delete(final Path path)
    {
        try
        {
            Files.delete(path);
        }
        catch (final IOException failure)
        {
            throw failure(path, "the file cannot be deleted", failure);
        }
    }

    @Override
    public void link(final Path existing, final Path link)
    {
        try
        {
            Files.createLink(link, existing);
        }
        catch (final UnsupportedOperationException failure)
        {
            throw new StorageException(
                StorageException.Kind.UNSUPPORTED, link, "this file system has no hard links", failure);
        }
        catch (final IOException failure)
        {
            throw failure(link, "the hard link to " + existing + " cannot be made", failure);
        }
    }

    @Override
    public void forceDirectory(final Path dir)
    {
        try (FileChannel channel = FileChannel.open(dir, StandardOpenOption.READ))
        {
            channel.force(true);
        }
        catch (final IOException failure)
        {
            throw failure(dir, "the directory cannot be forced", failure);
        }
    }

    @Override
    public DirectoryLock lock(final Path dir)
    {
        final Path path = dir.resolve(LOCK_FILE_NAME);
        FileChannel channel = null;
        try
        {
            if (isHeldHere(path))
            {
                throw locked(dir, Long.toString(ProcessHandle.current().pid()));
            }
            channel = FileChannel.open(
                path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            final FileLock lock = tryLock(channel);
            if (lock == null)
            {
                final String holder = readHolder(channel);
                channel.close();
                throw locked(dir, holder);
            }
            channel.truncate(0);
            channel.write(ByteBuffer.wrap(Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)), 0);
            final Object key = key(path);
            final ChannelDirectoryLock held = new ChannelDirectoryLock(path, channel, key);
            HELD.put(key, held);
            return held;
        }
        catch (final IOException failure)
        {
            closeQuietly(channel);
            throw failure(path, "the directory cannot be locked", failure);
        }
    }

    /** A shared lock is had for a moment where nobody has the other kind. */
    @Override
    public String lockHolder(final Path dir)
    {
        final Path path = dir.resolve(LOCK_FILE_NAME);
        if (!Files.exists(path))
        {
            return null;
        }
        try
        {
            if (isHeldHere(path))
            {
                return Long.toString(ProcessHandle.current().pid());
            }
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
                FileLock lock = channel.tryLock(0, Long.MAX_VALUE, true))
            {
                return lock == null ? readHolder(channel) : null;
            }
        }
        catch (final IOException failure)
        {
            throw failure(path, "the lock cannot be looked at", failure);
        }
    }

    @Override
    public String bootId()
    {
        try
        {
            final String id = Files.readString(BOOT_ID).trim();
            return id.isEmpty() ? "unknown" : id;
        }
        catch (final IOException noSuchFile)
        {
            return "unknown";
        }
    }

    @Override
    public long usableSpaceBytes(final Path dir)
    {
        try
        {
            return Files.getFileStore(dir).getUsableSpace();
        }
        catch (final IOException failure)
        {
            throw failure(dir, "the free space cannot be read", failure);
        }
    }

    static StorageException failure(final Path path, final String what, final IOException cause)
    {
        final String reason = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        final StorageException.Kind kind;
        if (cause instanceof NoSuchFileException)
        {
            return new StorageException(StorageException.Kind.NOT_FOUND, path, what + ": there is no such file", cause);
        }
        else if (cause instanceof FileAlreadyExistsException || cause instanceof DirectoryNotEmptyException)
        {
            kind = StorageException.Kind.EXISTS;
        }
        else if (cause instanceof AtomicMoveNotSupportedException)
        {
            kind = StorageException.Kind.UNSUPPORTED;
        }
        else if (reason.contains("No space left") || reason.contains("quota"))
        {
            kind = StorageException.Kind.NO_SPACE;
        }
        else
        {
            kind = StorageException.Kind.IO;
        }
        return new StorageException(kind, path, what + ": " + reason, cause);
    }

    private static boolean isHeldHere(final Path path) throws IOException
    {
        final ChannelDirectoryLock held = Files.exists(path) ? HELD.get(key(path)) : null;
        // The number of a file that was deleted while it was locked is given to another one.
        return held != null && Files.exists(held.path) && held.key.equals(key(held.path));
    }

    /** Device and inode: the same by whatever name. */
    private static Object key(final Path path) throws IOException
    {
        final Object key = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
        return key == null ? path.toRealPath() : key;
    }

    private static StorageException locked(final Path dir, final String holder)
    {
        return new StorageException(
            StorageException.Kind.LOCKED,
            dir,
            "the directory is in use by process " + holder + "; stop that process, or choose another directory");
    }

    private static FileLock tryLock(final FileChannel channel) throws IOException
    {
        try
        {
            return channel.tryLock();
        }
        catch (final OverlappingFileLockException heldByThisProcess)
        {
            return null;
        }
    }

    private static String readHolder(final FileChannel channel) throws IOException
    {
        final ByteBuffer text = ByteBuffer.allocate(32);
        channel.read(text, 0);
        final String pid = new String(text.array(), 0, text.position(), StandardCharsets.US_ASCII).trim();
        return pid.isEmpty() ? "unknown" : pid;
    }

    private static void closeQuietly(final FileChannel channel)
    {
        if (channel != null)
        {
            try
            {
                channel.close();
            }
            catch (final IOException ignore)
            {
                // The failure that brought us here is the one to report.
            }
        }
    }

    private static final class ChannelDirectoryLock implements DirectoryLock
    {
        private final Path path;
        private final FileChannel channel;
        private final Object key;

        ChannelDirectoryLock(final Path path, final FileChannel channel, final Object key)
        {
            this.path = path;
            this.channel = channel;
            this.key = key;
        }

        @Override
        public void close()
        {
            try
            {
                channel.close();
                HELD.remove(key, this);
            }
            catch (final IOException failure)
            {
                throw failure(path, "the directory lock cannot be given back", failure);
            }
        }
    }
}
