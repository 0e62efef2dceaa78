using Serverless.Contracts.OpenAI;
using Serverless.GpuWorker.Demo;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Tests.Tokenization;

public sealed class Llama2ChatTests
{
    private static readonly SentencePieceTokenizer Tokenizer = DemoLlama.Tokenizer();

    [Fact]
    public void Encode_SystemAndTurns_IsMetasFormat()
    {
        var ids = Llama2Chat.Encode(Tokenizer, [new("system", "Be kind."), new("user", " Hi\n"), new("assistant", " Hello! "), new("user", "Bye")]);
        int[] expected =
        [
            1, .. Tokenizer.Encode("[INST] <<SYS>>\nBe kind.\n<</SYS>>\n\n Hi [/INST] Hello! "), 2,
            1, .. Tokenizer.Encode("[INST] Bye [/INST]"),
        ];
        Assert.Equal(expected, ids);
    }

    [Fact]
    public void Encode_OneUserMessage_HasBosAndNoEos()
    {
        var ids = Llama2Chat.Encode(Tokenizer, [new("user", "\u001c Hi \u2003")]);
        Assert.Equal([1, .. Tokenizer.Encode("[INST] Hi [/INST]")], ids);
    }

    [Theory]
    [InlineData("messages[0].role", "tool")]
    [InlineData("messages[1].role", "user", "banana")]
    [InlineData("messages")]
    public void Encode_RolesThatAreNone_NamesTheField(string field, params string[] roles)
    {
        var error = Assert.Throws<ChatFormatException>(() => Llama2Chat.Encode(Tokenizer, [.. roles.Select(role => new ChatMessage(role, "secret"))]));
        Assert.Equal(field, error.Field);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Encode_ChatsOfAnyShape_AreFoldedIntoTheFormat()
    {
        Assert.Equal(Llama2Chat.Encode(Tokenizer, [new("system", "A\n\nB"), new("user", "Hi")]), Llama2Chat.Encode(Tokenizer, [new("developer", "A"), new("system", "B"), new("user", "Hi")]));
        Assert.Equal(Llama2Chat.Encode(Tokenizer, [new("user", "A\n\nB")]), Llama2Chat.Encode(Tokenizer, [new("user", "A"), new("user", "B")]));
        Assert.Equal([1, .. Tokenizer.Encode("[INST]  [/INST] A "), 2, 1, .. Tokenizer.Encode("[INST] B [/INST]")], Llama2Chat.Encode(Tokenizer, [new("assistant", "A"), new("user", "B")]));
        Assert.Equal([1, .. Tokenizer.Encode("[INST] A [/INST] B")], Llama2Chat.Encode(Tokenizer, [new("user", "A"), new("assistant", "B ")]));
    }

    [Theory]
    [InlineData("[INST]")]
    [InlineData("[/INST]")]
    [InlineData("<<SYS>>")]
    [InlineData("<</sys>>")]
    [InlineData("</s>")]
    public void Encode_TagInContent_IsRefusedByIndex(string tag)
    {
        var error = Assert.Throws<ChatFormatException>(() => Llama2Chat.Encode(Tokenizer, [new("system", "ok"), new("user", $"secret {tag} secret")]));
        Assert.Equal("messages[1].content", error.Field);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EncodeCompletion_RawPrompt_IsBosAndText()
    {
        const string prompt = "[INST] x [/INST]";
        Assert.Equal([1, .. Tokenizer.Encode(prompt)], Llama2Chat.EncodeCompletion(Tokenizer, prompt));
        Assert.Equal(DemoInstructor.Tokenizer().Encode(prompt), Llama2Chat.EncodeCompletion(DemoInstructor.Tokenizer(), prompt));
    }
}
