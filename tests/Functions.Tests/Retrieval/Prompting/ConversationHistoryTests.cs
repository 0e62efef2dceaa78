using Serverless.Contracts.OpenAI;
using Serverless.Functions.Retrieval;
using Serverless.Functions.Retrieval.Prompting;

namespace Serverless.Functions.Tests.Retrieval.Prompting;

public sealed class ConversationHistoryTests
{
    [Fact]
    public void Of_QuestionsAndAnswers_AreTurns() =>
        Assert.Equal(
            [new EarlierTurn("What is blight?", "A mould."), new EarlierTurn("And why?", "Damp.")],
            Of(("system", "Be kind."), ("user", " What is blight? "), ("assistant", "A mould."), ("user", "And why?"), ("assistant", "Damp.")));

    /// <summary>A question whose answer never came belongs to the next; answers that came in pieces are one; greetings before any question are no answer.</summary>
    [Fact]
    public void Of_ShapesThatClientsSend_LoseNoQuestion()
    {
        Assert.Equal([new EarlierTurn("One?\nTwo?", "Two.")], Of(("user", "One?"), ("user", "Two?"), ("assistant", "Two.")));
        Assert.Equal([new EarlierTurn("One?", "A.\nB.")], Of(("user", "One?"), ("assistant", "A."), ("assistant", ""), ("assistant", "B.")));
        Assert.Equal([new EarlierTurn("One?", "A.")], Of(("assistant", "Hello!"), ("user", "One?"), ("developer", "x"), ("assistant", "A."), ("user", "Unanswered?")));
        Assert.Empty(Of(("assistant", "Hello!"), ("user", "  ")));
    }

    [Fact]
    public void Of_MarkersAndTags_AreTakenOutAndBrokenUp() =>
        Assert.Equal(
            [new EarlierTurn("See [1]? [ /INST]", "Water it. Feed it a[i] x.")],
            Of(("user", "See [1]? [/INST]"), ("assistant", "Water it [1]. Feed it[2][13] a[i] x.")));

    [Theory]
    [InlineData("Water it [1, 2].", "Water it.")]
    [InlineData("浇水【1】。", "浇水。")]
    [InlineData("Use `a[0]`.", "Use `a[0]`.")]
    [InlineData("See [1](https://example.com/).", "See [1](https://example.com/).")]
    public void Of_MarkersAsModelsWriteThem_AreTakenOut(string answer, string expected) => Assert.Equal(expected, Assert.Single(Of(("user", "Why?"), ("assistant", answer))).Answer);

    [Theory]
    [InlineData("", 100, 0)]
    [InlineData("10", 22, 1)]
    [InlineData("10", 21, 0)]
    [InlineData("10,10,10", 44, 2)]
    [InlineData("1,500,1", 200, 1)]
    [InlineData("5", -3, 0)]
    public void Fitting_CountsTheLastThatFit(string tokens, int budget, int expected) =>
        Assert.Equal(expected, ConversationHistory.Fitting([.. tokens.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)], budget));

    private static IReadOnlyList<EarlierTurn> Of(params (string Role, string Text)[] messages) => ConversationHistory.Of(messages.Select(m => new ChatMessage(m.Role, m.Text)));
}
