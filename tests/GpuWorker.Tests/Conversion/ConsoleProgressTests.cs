using Serverless.GpuWorker.Conversion;
using Serverless.GpuWorker.Tests.Api;

namespace Serverless.GpuWorker.Tests.Conversion;

public sealed class ConsoleProgressTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly StringWriter _written = new() { NewLine = "\n" };

    [Fact]
    public void Advance_NoTerminal_WritesALineEveryTenSecondsAndAtTheEnd()
    {
        var progress = new ConsoleProgress(_written, isTerminal: false, _time);
        progress.Begin(4_000_000_000, resumed: 1_000_000_000);
        foreach (long billions in (long[])[1, 2, 3])
        {
            _time.Advance(TimeSpan.FromSeconds(5));
            progress.Advance("down", billions * 1_000_000_000);
        }
        progress.Advance("lm_head", 4_000_000_000);
        progress.End();

        Assert.Equal(
            "going on after 1.00 of 4.00 GB\n50 %  2.00 of 4.00 GB  100 MB/s  down\n100 %  4.00 of 4.00 GB  200 MB/s  lm_head\n",
            _written.ToString());
    }

    [Fact]
    public void Advance_Terminal_RedrawsABar()
    {
        var progress = new ConsoleProgress(_written, isTerminal: true, _time);
        progress.Begin(2_000_000_000, resumed: 0);
        _time.Advance(TimeSpan.FromSeconds(1));
        progress.Advance("down", 1_000_000_000);
        progress.Advance("too soon", 1_100_000_000);
        progress.Advance("lm_head", 2_000_000_000);
        progress.End();

        string[] drawn = _written.ToString().Split('\r');
        Assert.Equal(["", $"[{new string('=', 15)}{new string(' ', 15)}]  50 %  1.00 of 2.00 GB  1000 MB/s  down\e[K", $"[{new string('=', 30)}] 100 %  2.00 of 2.00 GB  2000 MB/s  lm_head\e[K\n"], drawn);
    }
}
