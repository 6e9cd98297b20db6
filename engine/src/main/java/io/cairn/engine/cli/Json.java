package io.cairn.engine.cli;

import java.io.PrintWriter;

/**
 * Writes one JSON document, member by member. Numbers keep their digits, {@code null} values are written as null. One thread.
 */
public final class Json {
    private final StringBuilder text = new StringBuilder(1024);
    private boolean first = true;

    /**
     * Open an object, as the document or as an element of an array.
     *
     * @return this.
     */
    public Json object() {
        return open('{');
    }

    /**
     * Open an object as a member.
     *
     * @param name of the member.
     * @return this.
     */
    public Json object(final String name) {
        return name(name).nested('{');
    }

    /**
     * Open an array, as the document or as an element of an array.
     *
     * @return this.
     */
    public Json array() {
        return open('[');
    }

    /**
     * Open an array as a member.
     *
     * @param name of the member.
     * @return this.
     */
    public Json array(final String name) {
        return name(name).nested('[');
    }

    /**
     * Close the object.
     *
     * @return this.
     */
    public Json endObject() {
        return close('}');
    }

    /**
     * Close the array.
     *
     * @return this.
     */
    public Json endArray() {
        return close(']');
    }

    /**
     * Write a text member.
     *
     * @param name  of the member.
     * @param value or null.
     * @return this.
     */
    public Json put(final String name, final String value) {
        name(name).quote(value);
        return this;
    }

    /**
     * Write a whole number as a member.
     *
     * @param name  of the member.
     * @param value of it.
     * @return this.
     */
    public Json put(final String name, final long value) {
        name(name).text.append(value);
        return this;
    }

    /**
     * Write a number as a member; one that is not finite becomes null.
     *
     * @param name  of the member.
     * @param value of it.
     * @return this.
     */
    public Json put(final String name, final double value) {
        name(name).text.append(Double.isFinite(value) ? Double.toString(value) : "null");
        return this;
    }

    /**
     * Write a truth as a member.
     *
     * @param name  of the member.
     * @param value of it.
     * @return this.
     */
    public Json put(final String name, final boolean value) {
        name(name).text.append(value);
        return this;
    }

    /**
     * Write null as a member.
     *
     * @param name of the member.
     * @return this.
     */
    public Json putNull(final String name) {
        name(name).text.append("null");
        return this;
    }

    /**
     * Write a text as an element of an array.
     *
     * @param value or null.
     * @return this.
     */
    public Json add(final String value) {
        separate();
        quote(value);
        return this;
    }

    /**
     * Write a whole number as an element of an array.
     *
     * @param value of it.
     * @return this.
     */
    public Json add(final long value) {
        separate();
        text.append(value);
        return this;
    }

    /**
     * Write what there is so far, so that a long document need not be held.
     *
     * @param out to write to.
     */
    public void drainTo(final PrintWriter out) {
        out.append(text);
        text.setLength(0);
    }

    private Json open(final char bracket) {
        separate();
        return nested(bracket);
    }

    private Json nested(final char bracket) {
        text.append(bracket);
        first = true;
        return this;
    }

    private Json close(final char bracket) {
        text.append(bracket);
        first = false;
        return this;
    }

    private Json name(final String name) {
        separate();
        quote(name);
        text.append(": ");
        return this;
    }

    private void separate() {
        if (!first) {
            text.append(", ");
        }
        first = false;
    }

    private void quote(final String value) {
        if (value == null) {
            text.append("null");
            return;
        }
        text.append('"');
        for (int i = 0; i < value.length(); i++) {
            final char c = value.charAt(i);
            switch (c) {
                case '"' -> text.append("\\\"");
                case '\\' -> text.append("\\\\");
                case '\n' -> text.append("\\n");
                case '\r' -> text.append("\\r");
                case '\t' -> text.append("\\t");
                default -> {
                    if (c < 0x20 || c == 0x7f || Character.isSurrogate(c)) {
                        text.append(String.format("\\u%04x", (int)c));
                    } else {
                        text.append(c);
                    }
                }
            }
        }
        text.append('"');
    }

    /**
     * The document.
     *
     * @return one line.
     */
    @Override
    public String toString() {
        return text.toString();
    }
}
