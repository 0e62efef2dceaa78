using Serverless.Contracts;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Api.Requests;

/// <summary>Prompts that the caller has formatted.</summary>
internal static class RawPrompt
{
    private const string Bos = "<s>";
    private const string TurnBorder = "</s><s>";

    /// <summary>
    /// The ids of a prompt on MosaicML's wire, whose clients write a chat's turns as <c>&lt;s&gt;[INST] .. [/INST] .. &lt;/s&gt;&lt;s&gt;[INST] ..</c>:
    /// a first <c>&lt;s&gt;</c> is BOS, and each <c>&lt;/s&gt;&lt;s&gt;</c> is EOS and BOS.
    /// </summary>
    public static int[] EncodeTurns(ITokenizer tokenizer, string text)
    {
        if (text.StartsWith(Bos, StringComparison.Ordinal)) text = text[Bos.Length..];
        var ids = new List<int>();
        foreach (var turn in text.Split(TurnBorder))
        {
            if (ids.Count > 0) ids.Add(tokenizer.EosId);
            ids.AddRange(Llama2Chat.EncodeCompletion(tokenizer, turn));
        }

        return [.. ids];
    }

    /// <summary>Whether what follows is an answer, whose first space belongs to the chat format, and not the prompt's own text going on.</summary>
    public static bool AsksForAnswer(string text) => text.AsSpan().TrimEnd().EndsWith(Llama2Tags.EndInstruction, StringComparison.Ordinal);
}
