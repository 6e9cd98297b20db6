package io.cairn.engine.sim;

import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/**
 * The tests' own test: compiles the one source of the product that a {@link Defect} touches, in memory, loads everything of the product anew with
 * that in front, and simulates until the defect is caught. Nothing of the product knows about it: no switch, no hook.
 */
final class Defects {
    private static final int THREADS = 2;

    private final Path root;

    /**
     * @param root of the repository, where the sources are.
     */
    Defects(final Path root) {
        this.root = root;
    }

    /** What the compiler gives, kept in memory. */
    private static final class Output extends ForwardingJavaFileManager<JavaFileManager> {
        private final Map<String, ByteArrayOutputStream> classes = new HashMap<>();

        Output(final JavaFileManager files) {
            super(files);
        }

        @Override
        public JavaFileObject getJavaFileForOutput(
            final Location location, final String name, final JavaFileObject.Kind kind, final FileObject sibling) {
            return new SimpleJavaFileObject(URI.create("memory:///" + name.replace('.', '/') + kind.extension), kind) {
                @Override
                public OutputStream openOutputStream() {
                    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                    classes.put(name, bytes);
                    return bytes;
                }
            };
        }
    }

    /** The product's classes are those with the defect where there are any, and are loaded again for each defect in any case. */
    private static final class MutantLoader extends URLClassLoader {
        private final Map<String, ByteArrayOutputStream> mutants;

        MutantLoader(final Map<String, ByteArrayOutputStream> mutants, final URL[] urls, final ClassLoader parent) {
            super(urls, parent);
            this.mutants = mutants;
        }

        @Override
        protected Class<?> findClass(final String name) throws ClassNotFoundException {
            final ByteArrayOutputStream mutant = mutants.get(name);
            return null == mutant ? super.findClass(name) : defineClass(name, mutant.toByteArray(), 0, mutant.size());
        }

        @Override
        protected Class<?> loadClass(final String name, final boolean resolve) throws ClassNotFoundException {
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                if (null == loaded) {
                    loaded = name.startsWith("io.cairn.") ? findClass(name) : super.loadClass(name, false);
                }
                if (resolve) {
                    resolveClass(loaded);
                }
                return loaded;
            }
        }
    }

    /**
     * What came of a hunt.
     *
     * @param defect  that was hunted.
     * @param seed    that caught it, the first one of all; 0 when none did.
     * @param failure first line of what it said.
     * @param seconds that it took.
     */
    record Caught(Defect defect, int seed, String failure, double seconds) {
        private static final int SHOWN_MAX = 110;

        boolean isCaught() {
            return seed > 0;
        }

        @Override
        public String toString() {
            return String.format("%-55s %-14s %6.1f s  %s", defect.name(), isCaught() ? "seed " + seed : "NOT CAUGHT by " + defect.seedsMax(),
                seconds, failure.substring(0, Math.min(SHOWN_MAX, failure.length())));
        }
    }

    /** The repository that the working directory is in. */
    static Path findRoot() {
        Path path = Path.of("").toAbsolutePath();
        while (null != path && !Files.isDirectory(path.resolve("engine/src/main/java"))) {
            path = path.getParent();
        }
        if (null == path) {
            throw new IllegalStateException("not inside a repository: the sources of the product are needed to change them");
        }
        return path;
    }

    private Path file(final Defect defect) {
        final String[] parts = defect.source().split(":");
        return root.resolve(parts[0]).resolve("src/main/java").resolve(parts[1]);
    }

    /** @return the source with the defect in it. */
    String mutated(final Defect defect) throws IOException {
        final String text = Files.readString(file(defect));
        final int at = text.indexOf(defect.from());
        if (at < 0 || text.indexOf(defect.from(), at + 1) >= 0) {
            throw new IllegalStateException(defect.name() + ": its text does not stand exactly once in " + file(defect));
        }
        return text.substring(0, at) + defect.to() + text.substring(at + defect.from().length());
    }

    /**
     * Hunt several, two at a time.
     *
     * @param defects to be caught.
     * @param said    takes what came of each, in any order.
     * @return true when each was caught.
     */
    boolean hunt(final List<Defect> defects, final Consumer<Caught> said) {
        final ExecutorService hunters = Executors.newFixedThreadPool(THREADS);
        try {
            final List<Future<Caught>> hunts = new ArrayList<>();
            for (final Defect defect : defects) {
                hunts.add(hunters.submit(() -> {
                    final Caught caught = hunt(defect);
                    said.accept(caught);
                    return caught;
                }));
            }
            boolean isEachCaught = true;
            for (final Future<Caught> hunt : hunts) {
                isEachCaught &= hunt.get().isCaught();
            }
            return isEachCaught;
        } catch (final ExecutionException ex) {
            throw new IllegalStateException(ex.getCause());
        } catch (final InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(ex);
        } finally {
            hunters.shutdownNow();
        }
    }

    /**
     * Simulate with a defect.
     *
     * @param defect to be caught, by seeds from 1 on.
     * @return what came of it.
     */
    Caught hunt(final Defect defect) throws IOException, ReflectiveOperationException {
        final long startNs = System.nanoTime();
        try (MutantLoader loader = new MutantLoader(compile(defect), urls(), Defects.class.getClassLoader())) {
            final Class<?> simulate = loader.loadClass(Simulate.class.getName());
            for (int seed = 1; seed <= defect.seedsMax(); seed++) {
                final String failure = (String)simulate.getMethod("failure", long.class).invoke(null, (long)seed);
                if (null != failure) {
                    return new Caught(defect, seed, failure.lines().findFirst().orElse(""), (System.nanoTime() - startNs) / 1e9);
                }
            }
        }
        return new Caught(defect, 0, "", (System.nanoTime() - startNs) / 1e9);
    }

    private Map<String, ByteArrayOutputStream> compile(final Defect defect) throws IOException {
        final String text = mutated(defect);
        final JavaFileObject source = new SimpleJavaFileObject(file(defect).toUri(), JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(final boolean ignoreEncodingErrors) {
                return text;
            }
        };
        final JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        final StringWriter said = new StringWriter();
        final List<String> options = List.of("-proc:none", "-nowarn", "--release", "17", "-cp", System.getProperty("java.class.path"));
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null); Output output = new Output(files)) {
            if (!compiler.getTask(said, output, null, options, null, List.of(source)).call()) {
                throw new IllegalStateException(defect.name() + " does not compile: " + said);
            }
            return output.classes;
        }
    }

    private static URL[] urls() throws MalformedURLException {
        final List<URL> urls = new ArrayList<>();
        for (final String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            urls.add(Path.of(entry).toUri().toURL());
        }
        return urls.toArray(new URL[0]);
    }
}
