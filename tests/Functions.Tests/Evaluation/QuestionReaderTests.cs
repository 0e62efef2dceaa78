using System.Text;
using System.Text.Json;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Evaluation.Questions;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Tests.Evaluation;

public sealed class QuestionReaderTests
{
    [Theory]
    [InlineData("""{}""", "questions[0].question")]
    [InlineData("""{"question":" "}""", "questions[0].question")]
    [InlineData("""{"question":1}""", "questions[0].question")]
    [InlineData("""{"question":"q","id":"has space"}""", "questions[0].id")]
    [InlineData("""{"question":"q","kind":"unanswerable","expect":"x"}""", "questions[0].kind")]
    [InlineData("""{"question":"q","section":"S"}""", "questions[0].section")]
    [InlineData("""{"question":"q","expect":"a","expected":["b"]}""", "questions[0].expected")]
    [InlineData("""{"question":"q","documents":[1]}""", "questions[0].documents")]
    [InlineData("""{"question":"q","answer":"x"}""", "questions[0].answer")]
    [InlineData("""{"question":"q","id":"a"},{"question":"r","id":"a"}""", "questions[1].id")]
    [InlineData("", "questions")]
    public void Read_WhatIsWrong_IsNamed(string items, string field)
    {
        using var json = JsonDocument.Parse($$"""{"questions":[{{items}}]}""");
        var refused = Assert.Throws<GatewayException>(() => QuestionReader.Read(new JsonFields(json.RootElement).Objects("questions", 10)!));
        Assert.Equal((400, field), (refused.Status, refused.Error.Param));
    }

    [Theory]
    [InlineData("{\"question\":\"q\"}\n\nnot json", "questions[line 3]")]
    [InlineData("[]", "questions[line 1]")]
    [InlineData("{\"question\":\"q\",\"question\":\"r\"}", "questions[line 1]")]
    [InlineData("{\"question\":\"\\ud800\"}", "questions[line 1].question")]
    [InlineData("\n \n", "questions")]
    public void ReadLines_WhatIsWrong_IsNamedByItsLine(string lines, string field)
    {
        var refused = Assert.Throws<GatewayException>(() => QuestionReader.ReadLines(Encoding.UTF8.GetBytes(lines)));
        Assert.Equal((400, field), (refused.Status, refused.Error.Param));
    }

    [Fact]
    public void ReadLines_MoreThanPermitted_SaysHowManyAre()
    {
        var lines = string.Join('\n', Enumerable.Repeat("""{"question":"q"}""", QuestionSet.MaxQuestions + 1));
        Assert.Contains("5000", Assert.Throws<GatewayException>(() => QuestionReader.ReadLines(Encoding.UTF8.GetBytes(lines))).Message, StringComparison.Ordinal);
        Assert.Equal(QuestionSet.MaxQuestions, QuestionReader.ReadLines(Encoding.UTF8.GetBytes(lines[..lines.LastIndexOf('\n')])).Count);
    }

    [Fact]
    public void ReadLines_NotUtf8_IsRefused() => Assert.Throws<GatewayException>(() => QuestionReader.ReadLines(new byte[] { 0xFF, 0xFE, 0x00 }));

    [Fact]
    public void Samples_AreCarriedAndWellFormed()
    {
        Assert.Equal(["gardening", "support-docs"], SampleQuestions.Names);
        foreach (var name in SampleQuestions.Names)
        {
            var questions = QuestionReader.ReadLines(SampleQuestions.Find(name)!.Value);
            Assert.All(questions.Where(question => question.IsAnswerable), question => Assert.NotEmpty(question.Documents));
            Assert.Contains(questions, question => !question.IsAnswerable);
        }

        Assert.Null(SampleQuestions.Find("../gardening"));
    }

    [Fact]
    public void Hash_IsOfWhatIsAsked_NotOfWhereItCameFrom()
    {
        var questions = QuestionReader.ReadLines("""{"question":"q","expect":"a"}"""u8.ToArray());
        Assert.Equal(new QuestionSet("inline", questions).Hash(), new QuestionSet("sample:x", questions).Hash());
        Assert.NotEqual(new QuestionSet("inline", questions).Hash(), new QuestionSet("inline", [questions[0] with { Expected = ["b"] }]).Hash());
    }
}
