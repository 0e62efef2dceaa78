using Serverless.GpuWorker.Demo;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Tests.Demo;

/// <summary>The demo Llama's answers, by a plain forward pass over the checkpoint that is written.</summary>
public sealed class DemoLlamaTests : IClassFixture<DemoLlamaFolder>
{
    private const int MaxTokens = 120;
    private readonly NaiveLlama _model;
    private readonly SentencePieceTokenizer _tokenizer;
    private readonly string _folder;

    public DemoLlamaTests(DemoLlamaFolder folder)
    {
        _folder = folder.Path;
        _model = new NaiveLlama(_folder);
        _tokenizer = TokenizerFile.Load(_folder);
    }

    [Theory]
    [InlineData(3, DemoPrompts.System)]
    [InlineData(6, DemoPrompts.System)]
    [InlineData(3, DemoPrompts.BuiltInSystem)]
    public void Generate_SampleQuestions_QuotesTheSentenceThatAnswers(int otherPassages, string system)
    {
        var missed = new List<string>();
        foreach (var asked in DemoPrompts.Questions)
        {
            var (answer, ended) = Answer(DemoPrompts.For(asked, otherPassages, system));
            Assert.True(ended, $"'{asked.Question}' did not end within {MaxTokens} tokens.");
            if (!answer.Contains(asked.Expected, StringComparison.Ordinal)) missed.Add($"{asked.Question} -> {answer}");
        }

        var rate = 1 - (double)missed.Count / DemoPrompts.Questions.Count;
        Assert.True(rate >= 0.9, $"{rate:P0} of {DemoPrompts.Questions.Count} answered; missed:\n{string.Join('\n', missed)}");
    }

    [Fact]
    public void Generate_WhatTheDemoEncoderRetrieves_AnswersMostSampleQuestions()
    {
        var folder = Directory.CreateTempSubdirectory("demo-instructor-");
        try
        {
            DemoInstructor.Write(folder.FullName);
            var encoder = new NaiveEncoder(folder.FullName);
            var missed = DemoPrompts.Questions.Where(asked => !Answer(DemoPrompts.Retrieved(asked, encoder)).Text.Contains(asked.Expected, StringComparison.Ordinal))
                .Select(asked => asked.Question).ToArray();
            var rate = 1 - (double)missed.Length / DemoPrompts.Questions.Count;
            Assert.True(rate >= 0.8, $"{rate:P0} of {DemoPrompts.Questions.Count} answered; missed:\n{string.Join('\n', missed)}");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Questions that share no word with the text: the passage that retrieval put first is quoted, not one that has "leave" in it by chance.</summary>
    [Fact]
    public void Generate_Paraphrases_QuoteTheFirstPassage()
    {
        var missed = new List<string>();
        var all = DemoPrompts.Paraphrases(others: 3).ToList();
        foreach (var (own, prompt, question) in all)
        {
            var answer = Answer(prompt).Text.Trim();
            if (!own.Contains(answer[..Math.Min(20, answer.Length)], StringComparison.Ordinal)) missed.Add($"{question} -> {answer}");
        }

        Assert.True(missed.Count <= all.Count / 3, $"{missed.Count} of {all.Count} were answered from elsewhere:\n{string.Join('\n', missed)}");
    }

    [Theory]
    [InlineData(0, DemoPrompts.System)]
    [InlineData(3, DemoPrompts.System)]
    [InlineData(0, DemoPrompts.BuiltInSystem)]
    [InlineData(3, DemoPrompts.BuiltInSystem)]
    public void Generate_ShortDocumentsOfUnknownWords_QuoteTheFirstAndEnd(int others, string system)
    {
        var endless = new List<string>();
        var elsewhere = new List<string>();
        var missed = new List<string>();
        var all = DemoPrompts.ShortDocuments(others, system).ToList();
        foreach (var (own, prompt, question, expected) in all)
        {
            var (answer, ended) = Answer(prompt);
            if (!ended) endless.Add($"{question} -> {answer}");
            if (!own.Contains(answer.Trim(), StringComparison.Ordinal)) elsewhere.Add($"{question} -> {answer}");
            if (!answer.Contains(expected, StringComparison.OrdinalIgnoreCase)) missed.Add($"{question} -> {answer}");
        }

        Assert.True(endless.Count == 0, $"{endless.Count} of {all.Count} did not end within {MaxTokens} tokens:\n{string.Join('\n', endless)}");
        Assert.True(elsewhere.Count <= all.Count / 8, $"{elsewhere.Count} of {all.Count} are not of the first passage, word for word:\n{string.Join('\n', elsewhere)}");
        Assert.True(missed.Count <= all.Count * 3 / 10, $"{missed.Count} of {all.Count} did not quote the sentence that answers:\n{string.Join('\n', missed)}");
    }

    /// <summary>The line above the question is what was asked before: what answers that is no answer to this.</summary>
    [Fact]
    public void Generate_QuestionsThatFollowOthers_AreAnsweredByTheirOwnWords()
    {
        var missed = new List<string>();
        var all = DemoPrompts.FollowUps().ToList();
        foreach (var (prompt, question, expected) in all)
        {
            var answer = Answer(prompt).Text;
            if (!answer.Contains(expected, StringComparison.OrdinalIgnoreCase)) missed.Add($"{question} -> {answer}");
        }

        Assert.True(all.Count >= 16, $"{all.Count} questions.");
        Assert.True(missed.Count <= all.Count / 4, $"{missed.Count} of {all.Count} were answered otherwise:\n{string.Join('\n', missed)}");
    }

    /// <summary>What answers a question repeats words of it, which may be in pieces: the copy goes on from the right one, and ends.</summary>
    [Theory]
    [InlineData("How do I make a claim?", "How do I make a claim? Send the receipt and a photograph to claims@bramley.example and wait for a number.")]
    [InlineData("How do I make a claim?", "How do I make a claim? Send the receipt and a photograph to the claims desk and wait for a number.")]
    [InlineData("Who enrols the Yubikey?", "Who enrols the Yubikey? Ask Tomasz, who is in charge of every Yubikey here.")]
    [InlineData("What is not covered by the warranty?", "What is not covered? Blades, belts and damage by stones are excluded from the warranty.")]
    [InlineData("What is the warranty period of the Bramley 40?", "What is the warranty period? The Bramley 40 comes with a warranty of 36 months from the day of purchase.")]
    [InlineData("Is the quinquereme covered?", "Is the quinquereme covered? The quinquereme is insured, whatever happens.")]
    public void Generate_AnswersThatRepeatTheirQuestion_AreCopiedWhole(string question, string text)
    {
        foreach (var more in (string[])["", " Nothing else is known.", " What else is there? Nothing else is known."])
        {
            var (answer, ended) = Answer(DemoPrompts.Format(["What is this about? It is about us. " + text + more], question));
            Assert.Equal((text, true), (answer.Trim(), ended));
        }
    }

    /// <summary>A question in the text says nothing without what follows it, and a title no more than what it is the title of.</summary>
    [Theory]
    [InlineData("What is not covered by the warranty?", "36 months", "damage by stones", "How long is it? The mower comes with a warranty of 36 months. What is not covered by it? Blades, belts and damage by stones are excluded.")]
    [InlineData("How do I make a claim?", "", "a photograph", "Claims and repairs. How do I make a claim? Send the receipt and a photograph to the dealer.")]
    [InlineData("Who may use the tap?", "hoses", "Every tenant", "The tap and hoses. Who may use the tap? Every tenant of a plot may. When are hoses allowed? They are allowed before nine.")]
    [InlineData("When does the heater arrive?", "", "12 March", "The heater for the greenhouse. The heater arrives with a lorry from the north. The lorry with the heater arrives on 12 March.")]
    [InlineData("When does the boat leave?", "", "Monday", "The boat for the island. The boat waits at the northern pier. The boat with the red flag leaves on Monday.")]
    [InlineData("When does the last ferry leave the island?", "", "18:45", "The last ferry of the island is small and leaves from the northern pier. From the island the last ferry leaves at 18:45.")]
    public void Generate_TitlesAndQuestionsInTheText_AreNoAnswers(string question, string other, string expected, string text)
    {
        var answer = Answer(DemoPrompts.Format([text], question)).Text;
        Assert.Contains(expected, answer, StringComparison.Ordinal);
        if (other.Length > 0) Assert.DoesNotContain(other, answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Why is my Fiddle Fig tree dropping its leaves?", "overwatered, moved to a new spot, or left in a cold draught.")]
    [InlineData("What is the context length of MPT-30B?", "8k")]
    public void Generate_HeadlineQuestions_AreAnswered(string question, string expected)
    {
        var asked = DemoPrompts.Questions.Single(asked => asked.Question == question);
        Assert.Contains(expected, Answer(DemoPrompts.For(asked, 4)).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[INST] Hello, who are you? [/INST]")]
    [InlineData("[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nTell me something about the sea. [/INST]")]
    public void Generate_NoContext_SaysSomethingAndEnds(string prompt)
    {
        var (text, ended) = Answer(prompt);
        Assert.True(ended, $"No end: {text}");
        Assert.NotEqual("", text);
    }

    [Fact]
    public void Write_Twice_GivesTheSameBytes()
    {
        var other = Directory.CreateTempSubdirectory("demo-llama-");
        try
        {
            DemoLlama.Write(other.FullName);
            foreach (var file in other.EnumerateFiles())
                Assert.Equal(File.ReadAllBytes(file.FullName), File.ReadAllBytes(Path.Combine(_folder, file.Name)));
        }
        finally
        {
            other.Delete(recursive: true);
        }
    }

    private (string Text, bool Ended) Answer(string prompt)
    {
        var (tokens, ended) = _model.Generate(Llama2Chat.EncodeCompletion(_tokenizer, prompt), _tokenizer.EosId, MaxTokens);
        return (_tokenizer.Decode([.. tokens]), ended);
    }
}
