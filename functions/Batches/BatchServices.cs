using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Batches.Files;
using Serverless.Functions.Batches.Input;
using Serverless.Functions.Batches.Messages;
using Serverless.Functions.Batches.Running;

namespace Serverless.Functions.Batches;

/// <summary>Registers batches and their files.</summary>
public static class BatchServices
{
    /// <summary>Needs the gateway and storage.</summary>
    /// <exception cref="InvalidOperationException">A setting is out of its range; the message names it.</exception>
    public static IServiceCollection AddBatches(this IServiceCollection services, IConfiguration configuration) => services
        .AddSingleton(BatchOptions.From(configuration))
        .AddSingleton<BatchContainer>()
        .AddSingleton<FileStore>()
        .AddSingleton<FileUpload>()
        .AddSingleton<BatchStore>()
        .AddSingleton<BatchReader>()
        .AddSingleton<MessageBatchCreation>()
        .AddSingleton<InputFile>()
        .AddSingleton<RequestAsking>()
        .AddSingleton<SliceAsking>()
        .AddSingleton<BatchBegin>()
        .AddSingleton<BatchEnd>()
        .AddSingleton<FileFunctions>()
        .AddSingleton<BatchFunctions>();
}
