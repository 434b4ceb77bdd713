God.load(File.join(File.dirname(__FILE__), 'parts', '*.god'))
God.load(File.expand_path('parts/b.god', File.dirname(__FILE__)))
God.load('/nowhere/at/all/*.god')
