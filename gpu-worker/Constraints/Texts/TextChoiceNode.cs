using System.Text;
using System.Text.Json;
using Serverless.GpuWorker.Constraints.Nodes;
using Serverless.GpuWorker.Constraints.Schemas;

namespace Serverless.GpuWorker.Constraints.Texts;

/// <summary>One of several texts.</summary>
internal sealed class TextChoiceNode : TextNode
{
    // A frame's A is the place in the tree.
    private readonly ByteTrie _trie = new();

    private TextChoiceNode(IReadOnlyList<string> texts)
    {
        for (int i = 0; i < texts.Count; i++)
            _trie.Add(Encoding.UTF8.GetBytes(texts[i]), i);
    }

    public override long Bytes => _trie.Bytes;

    /// <param name="texts">A JSON list of strings.</param>
    /// <exception cref="SchemaException">They are none, too many, empty or too long.</exception>
    public static (SchemaNode Node, long Bytes) Read(string texts)
    {
        if (texts.Length > ConstraintLimits.FormChars)
            throw new SchemaException($"choices must have at most {ConstraintLimits.FormChars} characters as JSON");

        string[] choices = JsonSerializer.Deserialize<string[]>(texts) ?? [];
        if (choices.Length is 0 or > ConstraintLimits.Choices || choices.Any(string.IsNullOrEmpty))
            throw new SchemaException($"choices must be from 1 to {ConstraintLimits.Choices} texts that are not empty");

        var node = new TextChoiceNode(choices);
        return (node, node.Bytes);
    }

    public override void Step(Frame frame, byte next, Successors successors)
    {
        if (_trie.Child(frame.A, next) is var child && child != ByteTrie.None)
            successors.Add(frame.Parent, this, Between, child);
    }

    public override bool CanEnd(Frame frame) => _trie.Value(frame.A) != ByteTrie.None;
}
