using Serverless.Local.CommandLine;

namespace Local.Tests.CommandLine;

public sealed class ChecklistTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly StringWriter _output = new();

    [Fact]
    public async Task Step_ThatTakesLong_IsAnnouncedAndThenDoneWithItsSeconds()
    {
        var work = new TaskCompletionSource();
        var step = new Checklist(_output, isTerminal: false, _time).StepAsync("demo checkpoints", () => work.Task);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(_output.ToString());

        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("  … demo checkpoints", _output.ToString().TrimEnd());

        _time.Advance(TimeSpan.FromSeconds(9.3));
        work.SetResult();
        await step;
        Assert.Matches(@"^  ✓ demo checkpoints +12\.3 s$", _output.ToString().Split(Environment.NewLine)[1]);
    }

    [Fact]
    public async Task Step_ThatIsQuick_IsOneLine()
    {
        await new Checklist(_output, isTerminal: false, _time).StepAsync("storage", () => Task.CompletedTask);
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.Matches(@"^  ✓ storage +0\.0 s$", _output.ToString().TrimEnd());
    }
}
