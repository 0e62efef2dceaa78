namespace Serverless.GpuWorker.Tokenization;

/// <summary>How a model cuts text; the values are those of TrainerSpec.model_type.</summary>
public enum SegmentationAlgorithm
{
    Unigram = 1,
    BytePairEncoding = 2,
}
