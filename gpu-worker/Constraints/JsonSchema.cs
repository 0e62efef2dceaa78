namespace Serverless.GpuWorker.Constraints;

/// <summary>A schema that has been read and checked, once, on the thread of whoever asks for it. Immutable: any number of automata walk it at once.</summary>
internal sealed class JsonSchema
{
    private JsonSchema(string text, SchemaNode root) => (Text, Root) = (text, root);

    public string Text { get; }

    public SchemaNode Root { get; }

    /// <exception cref="SchemaException">The text is no schema that can be enforced; the message names the keyword.</exception>
    public static JsonSchema Read(string text) => new(text, SchemaReader.Read(text));
}
