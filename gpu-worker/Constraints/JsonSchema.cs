namespace Serverless.GpuWorker.Constraints;

/// <summary>A schema that has been read and checked, once, on the thread of whoever asks for it. Immutable: any number of automata walk it at once.</summary>
internal sealed class JsonSchema
{
    private JsonSchema(string text, SchemaNode root, long bytes) => (Text, Root, Bytes) = (text, root, bytes);

    public string Text { get; }

    public SchemaNode Root { get; }

    /// <summary>About what it takes.</summary>
    public long Bytes { get; }

    /// <exception cref="SchemaException">The text is no schema that can be enforced; the message names the keyword.</exception>
    public static JsonSchema Read(string text)
    {
        var (root, bytes) = SchemaReader.Read(text);
        return new JsonSchema(text, root, bytes + 2L * text.Length);
    }
}
