using Local.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Local.Processes;
using Serverless.Local.Stack;

namespace Local.Tests.Storage;

/// <summary>One Azurite, run as the stack runs it, for the tests of a class; each takes a container and a queue of its own.</summary>
public sealed class AzuriteFixture : IAsyncLifetime
{
    private readonly TemporaryFolder _data = new();
    private readonly AzuriteChild _azurite = AzuriteChild.OnFreePorts();
    private SupervisedProcess? _process;

    public string ConnectionString => _azurite.ConnectionString;

    public string Folder => _data.Path;

    public async Task InitializeAsync() => _process = await SupervisedProcess.StartAsync(
        _azurite.Spec(RepositoryRoot.Path, _data.Path, TimeProvider.System), TimeProvider.System, NullLogger.Instance, CancellationToken.None);

    public async Task DisposeAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
        _data.Dispose();
    }
}
