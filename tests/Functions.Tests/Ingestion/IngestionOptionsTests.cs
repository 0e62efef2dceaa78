using System.Globalization;
using Microsoft.Extensions.Configuration;
using Serverless.Documents;
using Serverless.Functions.Ingestion;

namespace Serverless.Functions.Tests.Ingestion;

public sealed class IngestionOptionsTests
{
    /// <summary>A refusal of a file names the setting that refused it: <see cref="ReadingLimits.Section"/> and the limit's own name must be where an operator can set it.</summary>
    [Fact]
    public void Limits_OfReading_AreSetByTheNamesThatRefusalsTell()
    {
        Assert.Equal(IngestionOptions.Section, ReadingLimits.Section);
        var limits = typeof(ReadingLimits).GetProperties().Where(limit => limit.CanWrite).ToList();
        Assert.NotEmpty(limits);
        foreach (var limit in limits)
        {
            var configuration = new ConfigurationBuilder().AddInMemoryCollection([new($"{ReadingLimits.Section}:{limit.Name}", "17")]).Build();
            var options = configuration.GetSection(IngestionOptions.Section).Get<IngestionOptions>()!;
            Assert.Equal(17, Convert.ToInt64(limit.GetValue(options.ReadingLimits), CultureInfo.InvariantCulture));
        }
    }
}
