using Serverless.GpuWorker.Constraints.Grammars;
using Serverless.GpuWorker.Constraints.Nodes;
using Serverless.GpuWorker.Constraints.Schemas;
using Serverless.GpuWorker.Constraints.Texts;

namespace Serverless.GpuWorker.Constraints;

/// <summary>What an answer is to be, read and checked once, on the thread of whoever asks for it. Immutable: any number of automata walk it at once.</summary>
internal sealed class ReadForm
{
    private ReadForm(AnswerFormKind kind, string text, SchemaNode root, long bytes) => (Kind, Text, Root, Bytes) = (kind, text, root, bytes + 2L * text.Length);

    public AnswerFormKind Kind { get; }

    public string Text { get; }

    public SchemaNode Root { get; }

    /// <summary>About what it takes.</summary>
    public long Bytes { get; }

    /// <exception cref="SchemaException">The text is none that can be enforced; the message names the keyword.</exception>
    public static ReadForm Read(AnswerForm form) => Read(form.Kind, form.Text);

    /// <exception cref="SchemaException">The text is no schema that can be enforced; the message names the keyword.</exception>
    public static ReadForm OfSchema(string text) => Read(AnswerFormKind.Schema, text);

    /// <exception cref="SchemaException">The text is none that can be enforced; the message names the keyword.</exception>
    public static ReadForm Read(AnswerFormKind kind, string text)
    {
        var (root, bytes) = kind switch
        {
            AnswerFormKind.Schema => SchemaReader.Read(text),
            AnswerFormKind.Pattern => TextPatternNode.Read(text),
            AnswerFormKind.Choice => TextChoiceNode.Read(text),
            _ => GrammarNode.Read(text),
        };
        return new ReadForm(kind, text, root, bytes);
    }
}
