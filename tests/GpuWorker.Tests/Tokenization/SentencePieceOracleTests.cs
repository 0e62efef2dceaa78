using System.Text.Json;
using Serverless.GpuWorker.Demo;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Tests.Tokenization;

/// <summary>The same ids and texts as SentencePiece's own tools: spm-oracle.json, made by spm-oracle.py.</summary>
public sealed class SentencePieceOracleTests
{
    private static readonly JsonElement[] Cases = JsonSerializer.Deserialize<JsonElement[]>(
        File.ReadAllText(Path.Combine(RepositoryRoot.Path, "tests/GpuWorker.Tests/Tokenization/spm-oracle.json")))!;

    [Fact]
    public void Encode_Bpe_EqualsSpmEncode() => CompareIds(DemoLlama.Tokenizer(), "demo-llama");

    [Fact]
    public void Encode_Unigram_EqualsSpmEncode() => CompareIds(DemoInstructor.Tokenizer(), "demo-instructor");

    [Fact]
    public void Decode_Bpe_EqualsSpmDecode() => CompareText(DemoLlama.Tokenizer(), "demo-llama");

    [Fact]
    public void Decode_Unigram_EqualsSpmDecode() => CompareText(DemoInstructor.Tokenizer(), "demo-instructor");

    private static void CompareIds(SentencePieceTokenizer tokenizer, string name)
    {
        Assert.True(Cases.Length >= 200);
        foreach (var entry in Cases) Assert.Equal(Ids(entry, name), tokenizer.Encode(entry.GetProperty("text").GetString()!));
    }

    private static void CompareText(SentencePieceTokenizer tokenizer, string name)
    {
        foreach (var entry in Cases) Assert.Equal(entry.GetProperty(name).GetProperty("decoded").GetString(), tokenizer.Decode(Ids(entry, name)));
    }

    private static int[] Ids(JsonElement entry, string name) => [.. entry.GetProperty(name).GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
}
