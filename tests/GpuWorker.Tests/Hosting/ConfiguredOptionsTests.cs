using Microsoft.Extensions.Configuration;
using Serverless.GpuWorker.Hosting;

namespace Serverless.GpuWorker.Tests.Hosting;

/// <summary>Every setting with what it cannot be.</summary>
public sealed class ConfiguredOptionsTests
{
    private static readonly string[] Wrong = ["x", "99999999999999999999", "1e999", " ", "\u20AC", "true false"];

    /// <summary>All that are no texts, also those that are added after this was written.</summary>
    public static TheoryData<string> Settings =>
        [.. typeof(WorkerOptions).GetProperties().Where(p => p.PropertyType != typeof(string) && !p.PropertyType.IsAssignableTo(typeof(IEnumerable<string>))).Select(p => p.Name)];

    [Theory]
    [MemberData(nameof(Settings))]
    public void Setting_ThatIsNone_IsNamedAndNothingIsThrown(string name)
    {
        foreach (var value in Wrong)
        {
            var configuration = new ConfigurationBuilder().AddInMemoryCollection([new($"Worker:{name}", value)]).Build();
            var (_, errors) = ConfiguredOptions.Read(configuration);
            Assert.Contains(errors, error => error.StartsWith($"Worker:{name} must be ", StringComparison.Ordinal));
        }
    }
}
