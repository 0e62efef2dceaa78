using Serverless.Contracts;
using Serverless.Contracts.OpenAI;

namespace Serverless.GpuWorker.Tokenization;

/// <summary>
/// Llama 2's chat format as in meta-llama/llama, generation.py (Llama.chat_completion): the system text is folded into the
/// first user turn; every finished exchange is encoded on its own between BOS and EOS; the last user turn has no EOS. Chats of other shapes
/// are folded into it (<see cref="Llama2Turns"/>); an assistant's last turn is one to be continued, and has no EOS either.
/// </summary>
public static class Llama2Chat
{
    private const string BeginSystem = Llama2Tags.BeginSystem + "\n";
    private const string EndSystem = "\n" + Llama2Tags.EndSystem + "\n\n";

    // What Python's str.strip removes beyond char.IsWhiteSpace.
    private const string Separators = "\u001c\u001d\u001e\u001f";

    /// <summary>The prompt's ids, BOS included.</summary>
    /// <exception cref="ChatFormatException">A role is none of the format's, or content is missing or holds a tag of the format.</exception>
    public static int[] Encode(ITokenizer tokenizer, IReadOnlyList<ChatMessage> messages)
    {
        var turns = Turns(messages);
        var bos = tokenizer.BosId ?? throw new InvalidOperationException("Llama 2's chat format needs a tokenizer with a BOS piece.");
        var ids = new List<int>();
        for (var i = 0; i < turns.Count; i += 2)
        {
            var prompt = $"{Llama2Tags.BeginInstruction} {Strip(turns[i])} {Llama2Tags.EndInstruction}";
            ids.Add(bos);
            if (i + 2 == turns.Count)
            {
                var begun = Strip(turns[i + 1]);
                ids.AddRange(tokenizer.Encode(begun.IsEmpty ? prompt : $"{prompt} {begun}"));
            }
            else if (i + 1 < turns.Count)
            {
                ids.AddRange(tokenizer.Encode($"{prompt} {Strip(turns[i + 1])} "));
                ids.Add(tokenizer.EosId);
            }
            else
            {
                ids.AddRange(tokenizer.Encode(prompt));
            }
        }

        return [.. ids];
    }

    /// <summary>
    /// The whitespace at the end of an answer that the assistant has begun, which no token of the prompt stands for: the model says it again where it goes on with it. Null where nothing is begun.
    /// </summary>
    /// <param name="messages">Of a chat that <see cref="Encode"/> takes.</param>
    public static string? SpaceAfterBegun(IReadOnlyList<ChatMessage> messages)
    {
        var chat = Llama2Turns.Fold(messages);
        if (!chat.Continues) return null;
        var begun = Strip(chat.Turns[^1]);
        return begun.IsEmpty ? null : chat.Turns[^1][(chat.Turns[^1].AsSpan().IndexOf(begun) + begun.Length)..];
    }

    /// <summary>A raw prompt: BOS and the text's ids. Tags in it are what the caller wrote, plain text to most vocabularies.</summary>
    public static int[] EncodeCompletion(ITokenizer tokenizer, string prompt) =>
        tokenizer.BosId is { } bos ? [bos, .. tokenizer.Encode(prompt)] : tokenizer.Encode(prompt);

    /// <summary>Contents in turn, user's first, the system's folded in.</summary>
    private static IReadOnlyList<string> Turns(IReadOnlyList<ChatMessage> messages)
    {
        if (messages is null || messages.Count == 0) throw new ChatFormatException("messages", "messages must have at least one entry.");
        for (var i = 0; i < messages.Count; i++)
        {
            if (messages[i] is { } message && !Llama2Turns.Takes(message.Role))
                throw new ChatFormatException($"messages[{i}].role", $"messages[{i}].role must be system, developer, user or assistant.");
            if (messages[i]?.Content is not { } content) throw new ChatFormatException($"messages[{i}].content", $"messages[{i}].content is missing.");
            if (Llama2Tags.Find(content) is { } found)
            {
                throw new ChatFormatException(
                    $"messages[{i}].content",
                    $"messages[{i}].content contains the reserved tag {found.Tag} at character {found.Offset}.");
            }
        }

        var chat = Llama2Turns.Fold(messages);
        return chat.System is { } system ? [BeginSystem + system + EndSystem + chat.Turns[0], .. chat.Turns.Skip(1)] : [.. chat.Turns];
    }

    private static ReadOnlySpan<char> Strip(string text)
    {
        var span = text.AsSpan();
        while (!span.IsEmpty && IsSpace(span[0])) span = span[1..];
        while (!span.IsEmpty && IsSpace(span[^1])) span = span[..^1];
        return span;
    }

    private static bool IsSpace(char character) => char.IsWhiteSpace(character) || Separators.Contains(character);
}
