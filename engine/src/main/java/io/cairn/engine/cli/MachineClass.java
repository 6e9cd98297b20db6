package io.cairn.engine.cli;

import java.io.File;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

import io.cairn.fsm.StateMachine;

/**
 * A state machine by the name of its class: a {@link StateMachine}, or a {@link Supplier} of one for a machine whose constructor wants something.
 */
final class MachineClass {
    private MachineClass() {
    }

    /**
     * Loads a machine's class.
     *
     * @param className as Java writes it.
     * @param classPath where it is, beside what this program has; may be null.
     * @return makes machines.
     * @throws CliFailure with what is wrong with the class.
     */
    static Supplier<StateMachine> of(final String className, final String classPath) {
        final ClassLoader loader = null == classPath ? MachineClass.class.getClassLoader() :
            new URLClassLoader(urls(classPath), MachineClass.class.getClassLoader());
        final Constructor<?> constructor;
        try {
            final Class<?> found = Class.forName(className, true, loader);
            if (!StateMachine.class.isAssignableFrom(found) && !Supplier.class.isAssignableFrom(found)) {
                throw new CliFailure(className + " is neither a " + StateMachine.class.getName() + " nor a Supplier of one");
            }
            constructor = found.getDeclaredConstructor();
            constructor.setAccessible(true);
        } catch (final ClassNotFoundException ex) {
            throw new CliFailure("no class " + className + (null == classPath ? "; name its jars with --class-path" : " in " + classPath));
        } catch (final NoSuchMethodException ex) {
            throw new CliFailure(className + " has no constructor without arguments: name a Supplier that makes it");
        } catch (final LinkageError ex) {
            throw new CliFailure(className + " cannot be loaded: " + ex);
        }
        return () -> newMachine(constructor);
    }

    private static StateMachine newMachine(final Constructor<?> constructor) {
        try {
            final Object made = constructor.newInstance();
            final Object machine = made instanceof Supplier<?> supplier ? supplier.get() : made;
            if (machine instanceof StateMachine stateMachine) {
                return stateMachine;
            }
            throw new CliFailure(constructor.getDeclaringClass().getName() + " gave no state machine: " + machine);
        } catch (final InvocationTargetException ex) {
            throw new CliFailure(constructor.getDeclaringClass().getName() + " cannot be made: " + ex.getCause());
        } catch (final InstantiationException | IllegalAccessException ex) {
            throw new CliFailure(constructor.getDeclaringClass().getName() + " cannot be made: " + ex);
        }
    }

    private static URL[] urls(final String classPath) {
        final List<URL> urls = new ArrayList<>();
        for (final String entry : classPath.split(File.pathSeparator)) {
            final Path path = Path.of(entry);
            if (!Files.exists(path)) {
                throw new CliFailure("--class-path: no file or directory " + entry);
            }
            try {
                urls.add(path.toUri().toURL());
            } catch (final MalformedURLException ex) {
                throw new CliFailure("--class-path: " + entry + ": " + ex.getMessage());
            }
        }
        return urls.toArray(new URL[0]);
    }
}
