package io.cairn.engine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class JsonTest {
    @Test
    void shouldWriteNestedDocuments() {
        final String text = new Json().object().put("a", 1L).object("b").put("c", "d").endObject().array("e").add("f").add(2).object().endObject()
            .array().endArray().endArray().put("g", true).put("h", 0.5).putNull("i").put("j", (String)null).endObject().toString();
        assertEquals("{\"a\": 1, \"b\": {\"c\": \"d\"}, \"e\": [\"f\", 2, {}, []], \"g\": true, \"h\": 0.5, \"i\": null, \"j\": null}", text);
    }

    @Test
    void shouldEscapeWhatJsonDoesNotTake() {
        assertEquals(
            "[\"\\\"\\\\\\n\\r\\t\\u0000\\u001f\\u007f\\ud83dä\"]",
            new Json().array().add("\"\\\n\r\t\0\u001f\u007f\ud83dä").endArray().toString());
    }

    @Test
    void shouldWriteNullWhenANumberIsNotFinite() {
        assertEquals("{\"a\": null, \"b\": null}",
            new Json().object().put("a", Double.NaN).put("b", Double.POSITIVE_INFINITY).endObject().toString());
    }
}
