using System.Globalization;
using System.Text;

namespace Serverless.GpuWorker.Api.Metrics;

/// <summary>A Prometheus histogram of durations in seconds. Thread-safe.</summary>
/// <param name="bounds">Upper bounds of the buckets in seconds, ascending; +Inf is implied.</param>
internal sealed class LatencyHistogram(string name, string help, double[] bounds)
{
    private readonly Lock _lock = new();
    private readonly long[] _counts = new long[bounds.Length + 1];
    private double _sum;

    public void Record(TimeSpan duration)
    {
        var seconds = duration.TotalSeconds;
        var at = Array.BinarySearch(bounds, seconds);
        lock (_lock)
        {
            _counts[at < 0 ? ~at : at]++;
            _sum += seconds;
        }
    }

    public void Write(StringBuilder output, string labels)
    {
        lock (_lock)
        {
            output.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} histogram\n");
            var cumulative = 0L;
            for (var i = 0; i < _counts.Length; i++)
            {
                cumulative += _counts[i];
                var bound = i < bounds.Length ? bounds[i].ToString(CultureInfo.InvariantCulture) : "+Inf";
                output.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{labels},le=\"{bound}\"}} {cumulative}\n");
            }

            output.Append(CultureInfo.InvariantCulture, $"{name}_sum{{{labels}}} {_sum:R}\n{name}_count{{{labels}}} {cumulative}\n");
        }
    }
}
