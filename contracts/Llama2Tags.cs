namespace Serverless.Contracts;

/// <summary>
/// The tags of Llama 2's chat format (meta-llama/llama, generation.py). Content that holds one could speak with another voice,
/// so nothing that a user or a document says may contain it.
/// </summary>
public static class Llama2Tags
{
    public const string BeginInstruction = "[INST]";
    public const string EndInstruction = "[/INST]";
    public const string BeginSystem = "<<SYS>>";
    public const string EndSystem = "<</SYS>>";

    private static readonly string[] Forbidden = [BeginInstruction, EndInstruction, BeginSystem, EndSystem, "<s>", "</s>"];

    /// <summary>The first tag in <paramref name="text"/> and its character offset, or null when there is none.</summary>
    public static (string Tag, int Offset)? Find(string text)
    {
        (string Tag, int Offset)? first = null;
        foreach (var tag in Forbidden)
        {
            var at = text.IndexOf(tag, StringComparison.OrdinalIgnoreCase);
            if (at >= 0 && (first is null || at < first.Value.Offset)) first = (tag, at);
        }

        return first;
    }
}
